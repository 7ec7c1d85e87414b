{{ cin7.incremental('int_cin7__inventory_movements') }}
select {{ cin7.promised('r') }}
from {{ ref('cin7', 'int_cin7__inventory_movements') }} as r
where {{ cin7.is_new('r.inputs') }}
