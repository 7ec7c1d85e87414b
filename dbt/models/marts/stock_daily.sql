-- The last snapshot of each day, bins and batches together.
with snapshots as (
    select
        'omni' as product, source_relation, snapshot_at, product_key,
        cast(product_id as {{ cin7.type_of('text') }}) as product_id, sku, product_name, location,
        on_hand, allocated, available, incoming, value_base
    from {{ ref('int_omni__stock_snapshots') }}
    union all
    select
        'core', s.source_relation, s.snapshot_at, p.product_key, s.id, s.sku, s.name, s.location,
        s.on_hand, s.allocated, s.available, coalesce(s.on_order, 0) + coalesce(s.in_transit, 0), s.stock_on_hand
    from {{ ref('stg_cin7_core__product_availability_snapshots') }} as s
    left join {{ ref('int_core__products') }} as p
        on s.source_relation = p.source_relation and s.id = p.product_id
),

latest as (
    select product, source_relation, cast(snapshot_at as date) as day, max(snapshot_at) as snapshot_at
    from snapshots
    group by product, source_relation, cast(snapshot_at as date)
)

select
    s.product || ':' || s.source_relation || ':' || cast(l.day as {{ cin7.type_of('text') }}) || ':' || s.product_id
        || ':' || coalesce(s.sku, '') || ':' || coalesce(s.location, '') as stock_day_key,
    s.product,
    s.source_relation,
    l.day,
    s.product_key,
    s.product_id,
    s.sku,
    max(s.product_name) as product_name,
    s.location,
    sum(s.on_hand) as on_hand,
    sum(s.allocated) as allocated,
    sum(s.available) as available,
    sum(s.incoming) as incoming,
    sum(s.value_base) as value_base
from snapshots as s
inner join latest as l
    on s.product = l.product and s.source_relation = l.source_relation and s.snapshot_at = l.snapshot_at
group by s.product, s.source_relation, l.day, s.product_key, s.product_id, s.sku, s.location
