select
    {{ cin7.key('omni', ['s.source_relation', 's.record_key']) }} as stock_level_key,
    s.source_relation,
    s.product_id,
    p.product_key,
    coalesce(p.product_group, s.product_name) as product_group,
    s.code as sku,
    s.product_name,
    s.branch_id as location_id,
    s.branch_name as location,
    s.stock_on_hand as on_hand,
    s.open_sales as allocated,
    s.available,
    s.incoming,
    s.stock_on_hand * p.unit_cost_base as value_base
from {{ ref('stg_cin7_omni__stock') }} as s
left join {{ ref('int_omni__products') }} as p
    on s.source_relation = p.source_relation
    and s.product_option_id = p.option_id
    and coalesce(s.size, '') = p.size
