{{ config(materialized='view') }}
select
    s.source_relation,
    s.snapshot_rows,
    count(*) over (partition by s.source_relation, s.snapshot_at) as rows_there,
    {{ cin7.local_time('omni', 's', 'snapshot_at') }} as snapshot_at,
    s.product_id,
    p.product_key,
    s.code as sku,
    s.product_name,
    coalesce(s.branch_name, b.company) as location,
    s.stock_on_hand as on_hand,
    s.open_sales as allocated,
    s.available,
    s.incoming,
    -- Omni says no value of stock: it is that of today's cost.
    {{ cin7.amount('s.stock_on_hand * p.unit_cost_base') }} as value_base
from {{ ref('cin7', 'stg_cin7_omni__stock_snapshots') }} as s
left join {{ ref('cin7', 'int_omni__products') }} as p
    on s.source_relation = p.source_relation
    and s.product_option_id = p.option_id
    and coalesce(s.size, '') = p.size
left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
    on s.source_relation = b.source_relation and s.branch_id = b.id
