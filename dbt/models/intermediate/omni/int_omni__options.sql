-- Which product an option means where it has one size only.
select source_relation, option_id, max(product_key) as product_key, max(product_group) as product_group
from {{ ref('cin7', 'int_omni__products') }}
group by source_relation, option_id
having count(*) = 1
