{{ cin7.incremental('int_cin7__stock_days') }}
-- A row for each day from the first snapshot of a product and place on: what is not in a day's last
-- snapshot is 0, and a day without a snapshot shows the one before.
with stock_days as (
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
        c.snapshot_day <> c.day as is_carried,
        c.inputs
    from {{ ref('cin7', 'int_cin7__stock_items') }} as i
    inner join {{ ref('cin7', 'int_cin7__stock_days') }} as c
        on i.product = c.product and i.source_relation = c.source_relation and c.day >= i.first_day
    left join {{ ref('cin7', 'int_cin7__stock_held') }} as h
        on i.product = h.product and i.source_relation = h.source_relation
        and i.item = h.item and i.place = h.place and c.snapshot_day = h.day
    where {{ cin7.is_new('c.inputs') }}
)

select {{ cin7.promised('d') }}
from stock_days as d
