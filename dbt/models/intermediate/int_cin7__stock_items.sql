-- Products and places that ever had stock there, from the day of their first snapshot on.
select
    product, source_relation, company, base_currency, item, place,
    max(product_key) as product_key,
    max(product_id) as product_id,
    max(sku) as sku,
    max(product_name) as product_name,
    max(location) as location,
    min(day) as first_day
from {{ ref('cin7', 'int_cin7__stock_snapshots') }}
group by product, source_relation, company, base_currency, item, place
-- Omni lists every product in every branch: those that never had any are left out.
having max(abs(coalesce(on_hand, 0)) + abs(coalesce(allocated, 0)) + abs(coalesce(available, 0)) + abs(coalesce(incoming, 0))) > 0
