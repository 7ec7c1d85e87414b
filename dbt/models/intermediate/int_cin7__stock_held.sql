-- What the last snapshot of each day holds of a product in a place.
with latest as (
    select product, source_relation, day, max(snapshot_at) as snapshot_at
    from {{ ref('cin7', 'int_cin7__stock_snapshots') }}
    group by product, source_relation, day
)

select
    s.product, s.source_relation, s.day, s.item, s.place,
    sum(s.on_hand) as on_hand,
    sum(s.allocated) as allocated,
    sum(s.available) as available,
    sum(s.incoming) as incoming,
    sum(s.value_base) as value_base
from {{ ref('cin7', 'int_cin7__stock_snapshots') }} as s
inner join latest as l
    on s.product = l.product and s.source_relation = l.source_relation and s.snapshot_at = l.snapshot_at
group by s.product, s.source_relation, s.day, s.item, s.place
