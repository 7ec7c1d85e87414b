-- A row for each day from the first snapshot of a product and place on: what is not in a day's last
-- snapshot is 0, and a day without a snapshot shows the one before.
with snapshots as (
    {{ cin7.union_products(
        'stock_snapshots',
        [
            'snapshot_at', 'product_key', 'product_id', 'sku', 'product_name', 'location', 'on_hand', 'allocated',
            'available', 'incoming', 'value_base',
        ],
    ) }}
),

named as (
    select
        *,
        cast(snapshot_at as date) as day,
        coalesce(product_key, product_id || ':' || coalesce(sku, '')) as item,
        coalesce(location, '') as place
    from snapshots
),

latest as (
    select product, source_relation, day, max(snapshot_at) as snapshot_at
    from named
    group by product, source_relation, day
),

held as (
    select
        s.product, s.source_relation, s.day, s.item, s.place,
        sum(s.on_hand) as on_hand,
        sum(s.allocated) as allocated,
        sum(s.available) as available,
        sum(s.incoming) as incoming,
        sum(s.value_base) as value_base
    from named as s
    inner join latest as l
        on s.product = l.product and s.source_relation = l.source_relation and s.snapshot_at = l.snapshot_at
    group by s.product, s.source_relation, s.day, s.item, s.place
),

items as (
    select
        product, source_relation, company, base_currency, item, place,
        max(product_key) as product_key,
        max(product_id) as product_id,
        max(sku) as sku,
        max(product_name) as product_name,
        max(location) as location,
        min(day) as first_day
    from named
    group by product, source_relation, company, base_currency, item, place
    -- Omni lists every product in every branch: those that never had any are left out.
    having max(abs(coalesce(on_hand, 0)) + abs(coalesce(allocated, 0)) + abs(coalesce(available, 0)) + abs(coalesce(incoming, 0))) > 0
),

spans as (
    select product, source_relation, min(day) as first_day, greatest(max(day), {{ cin7.today() }}) as last_day
    from latest
    group by product, source_relation
),

numbers as (
    {{ dbt.generate_series(4096) }}
),

days as (
    select s.product, s.source_relation, {{ cin7.days_after('s.first_day', 'cast(n.generated_number as integer) - 1') }} as day, s.last_day
    from spans as s
    cross join numbers as n
),

carried as (
    select
        d.product, d.source_relation, d.day,
        max(l.day) over (
            partition by d.product, d.source_relation order by d.day rows between unbounded preceding and current row
        ) as snapshot_day
    from days as d
    left join latest as l
        on d.product = l.product and d.source_relation = l.source_relation and d.day = l.day
    where d.day <= d.last_day
)

select
    i.product || ':' || i.source_relation || ':' || cast(c.day as {{ cin7.type_of('text') }}) || ':' || coalesce(i.product_id, '')
        || ':' || coalesce(i.sku, i.product_key, '') || ':' || i.place as stock_day_key,
    i.product,
    i.source_relation,
    i.company,
    c.day,
    i.product_key,
    i.product_id,
    i.sku,
    i.product_name,
    i.location,
    {{ cin7.amount('coalesce(h.on_hand, 0)') }} as on_hand,
    {{ cin7.amount('coalesce(h.allocated, 0)') }} as allocated,
    {{ cin7.amount('coalesce(h.available, 0)') }} as available,
    {{ cin7.amount('coalesce(h.incoming, 0)') }} as incoming,
    {{ cin7.amount('case when h.item is null then 0 else h.value_base end') }} as value_base,
    i.base_currency,
    c.snapshot_day,
    c.snapshot_day <> c.day as is_carried
from items as i
inner join carried as c
    on i.product = c.product and i.source_relation = c.source_relation and c.day >= i.first_day
left join held as h
    on i.product = h.product and i.source_relation = h.source_relation
    and i.item = h.item and i.place = h.place and c.snapshot_day = h.day
