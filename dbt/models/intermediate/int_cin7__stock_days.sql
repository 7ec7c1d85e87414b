-- The days from the first snapshot on until today: which snapshot each shows, and what it is made of.
with held as (
    select h.product, h.source_relation, h.day, {{ cin7.hash_sum(cin7.row_hash('h', ref('cin7', 'int_cin7__stock_held'))) }} as hash
    from {{ ref('cin7', 'int_cin7__stock_held') }} as h
    group by h.product, h.source_relation, h.day
),

items as (
    select
        i.product, i.source_relation, i.first_day,
        {{ cin7.hash_sum(cin7.row_hash('i', ref('cin7', 'int_cin7__stock_items'))) }} as hash
    from {{ ref('cin7', 'int_cin7__stock_items') }} as i
    group by i.product, i.source_relation, i.first_day
),

spans as (
    select product, source_relation, min(day) as first_day, greatest(max(day), {{ cin7.today() }}) as last_day
    from held
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
        max(h.day) over (
            partition by d.product, d.source_relation order by d.day rows between unbounded preceding and current row
        ) as snapshot_day,
        sum(coalesce(i.hash, 0)) over (
            partition by d.product, d.source_relation order by d.day rows between unbounded preceding and current row
        ) as items
    from days as d
    left join held as h on d.product = h.product and d.source_relation = h.source_relation and d.day = h.day
    left join items as i on d.product = i.product and d.source_relation = i.source_relation and d.day = i.first_day
    where d.day <= d.last_day
)

select
    c.product,
    c.source_relation,
    c.day,
    c.snapshot_day,
    {{ cin7.hash_of([
        cin7.rules_version(), 'c.product', 'c.source_relation', 'c.day', 'c.snapshot_day', 'c.items', 'h.hash',
    ]) }} as inputs
from carried as c
left join held as h on c.product = h.product and c.source_relation = h.source_relation and c.snapshot_day = h.day
