select
    {{ cin7.key('omni', ['s.source_relation', 's.record_key']) }} as stock_level_key,
    s.source_relation,
    s.product_id,
    p.product_key,
    coalesce(p.product_group, s.product_name) as product_group,
    coalesce(s.code, p.sku) as sku,
    s.product_name,
    s.branch_id as location_id,
    coalesce(s.branch_name, b.company) as location,
    {{ cin7.nothing() }} as bin,
    {{ cin7.nothing() }} as batch,
    {{ cin7.nothing('timestamp') }} as expires_at,
    s.stock_on_hand as on_hand,
    s.open_sales as allocated,
    s.available,
    s.incoming,
    {{ cin7.amount('s.stock_on_hand * p.unit_cost_base') }} as value_base
from {{ ref('cin7', 'stg_cin7_omni__stock') }} as s
left join {{ ref('cin7', 'int_omni__products') }} as p
    on s.source_relation = p.source_relation
    and s.product_option_id = p.option_id
    and coalesce(s.size, '') = p.size
left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
    on s.source_relation = b.source_relation and s.branch_id = b.id
