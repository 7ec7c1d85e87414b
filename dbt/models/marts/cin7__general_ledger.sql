select *
from {{ ref('cin7', 'int_cin7__general_ledger') }}
