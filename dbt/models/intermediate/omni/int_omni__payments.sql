select source_relation, lower(replace(order_type, ' ', '')) as order_type, order_id, sum(amount) as paid
from {{ ref('stg_cin7_omni__payments') }}
group by source_relation, lower(replace(order_type, ' ', '')), order_id
