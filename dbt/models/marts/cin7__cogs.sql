{{ cin7.incremental('int_cin7__cogs') }}
select {{ cin7.promised('r') }}
from {{ ref('cin7', 'int_cin7__cogs') }} as r
where {{ cin7.is_new('r.inputs') }}
