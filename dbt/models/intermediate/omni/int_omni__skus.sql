-- Which product a line means: by option and SKU, and by option alone where it has one size only.
select source_relation, option_id, sku, max(product_key) as product_key, max(product_group) as product_group
from {{ ref('int_omni__products') }}
where sku is not null
group by source_relation, option_id, sku
having count(*) = 1
