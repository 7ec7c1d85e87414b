-- Which product a SKU means, for lines that name no option.
select source_relation, sku, max(product_key) as product_key, max(product_group) as product_group
from {{ ref('cin7', 'int_omni__products') }}
where sku is not null
group by source_relation, sku
having count(*) = 1
