select *
from {{ ref('cin7', 'int_cin7__invoice_lines') }}
