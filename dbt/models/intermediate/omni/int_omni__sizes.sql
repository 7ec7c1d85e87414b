-- Which product an option means in a size, for lines under a SKU that has changed since.
select source_relation, option_id, size, max(product_key) as product_key, max(product_group) as product_group
from {{ ref('cin7', 'int_omni__products') }}
where size <> ''
group by source_relation, option_id, size
having count(*) = 1
