-- Which product an option means under a SKU.
select source_relation, option_id, sku, max(product_key) as product_key, max(product_group) as product_group
from {{ ref('cin7', 'int_omni__products') }}
where sku is not null
group by source_relation, option_id, sku
having count(*) = 1
