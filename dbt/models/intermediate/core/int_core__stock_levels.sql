-- OnHand is a quantity, StockOnHand is money.
select
    {{ cin7.key('core', ['s.source_relation', 's.record_key']) }} as stock_level_key,
    s.source_relation,
    s.id as product_id,
    p.product_key,
    coalesce(p.product_group, s.name) as product_group,
    s.sku,
    s.name as product_name,
    s.location,
    s.bin,
    s.batch,
    s.expiry_date as expires_at,
    s.on_hand,
    s.allocated,
    s.available,
    {{ cin7.amount('coalesce(s.on_order, 0) + coalesce(s.in_transit, 0)') }} as incoming,
    s.stock_on_hand as value_base
from {{ ref('cin7', 'stg_cin7_core__product_availability') }} as s
left join {{ ref('cin7', 'int_core__products') }} as p
    on s.source_relation = p.source_relation and s.id = p.product_id
