{{ config(materialized='view') }}
select
    s.source_relation,
    s.snapshot_rows,
    count(*) over (partition by s.source_relation, s.snapshot_at) as rows_there,
    {{ cin7.local_time('core', 's', 'snapshot_at') }} as snapshot_at,
    s.id as product_id,
    p.product_key,
    s.sku,
    s.name as product_name,
    s.location,
    s.on_hand,
    s.allocated,
    s.available,
    {{ cin7.amount('coalesce(s.on_order, 0) + coalesce(s.in_transit, 0)') }} as incoming,
    -- The value that the stock had on that day.
    s.stock_on_hand as value_base
from {{ ref('cin7', 'stg_cin7_core__product_availability_snapshots') }} as s
left join {{ ref('cin7', 'int_core__products') }} as p
    on s.source_relation = p.source_relation and s.id = p.product_id
