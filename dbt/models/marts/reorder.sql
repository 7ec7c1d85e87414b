-- What to buy: below its minimum, or gone before it would arrive at the pace of the last months.
with levels as (
    select
        product_key,
        sum(on_hand) as on_hand,
        sum(available) as available,
        sum(incoming) as incoming
    from {{ ref('stock_levels') }}
    where product_key is not null
    group by product_key
),

-- Levels by location add up to one of the product.
minimums as (
    select
        {{ cin7.key('core', ['source_relation', 'product_id']) }} as product_key,
        sum(minimum_before_reorder) as minimum,
        sum(reorder_quantity) as reorder_quantity
    from {{ ref('stg_cin7_core__product_reorder_levels') }}
    group by source_relation, product_id
),

sold as (
    select product_key, sum(units) as units
    from {{ ref('daily_sales') }}
    where
        product_key is not null
        and day > {{ cin7.today() }} - {{ var('cin7_reorder_sales_days') }}
        and day <= {{ cin7.today() }}
    group by product_key
),

found as (
    select
        p.product,
        p.source_relation,
        p.product_key,
        p.product_id,
        p.sku,
        p.product_name,
        p.supplier_id,
        coalesce(l.on_hand, 0) as on_hand,
        coalesce(l.available, 0) as available,
        coalesce(l.incoming, 0) as incoming,
        coalesce(nullif(m.minimum, 0), p.minimum_before_reorder, 0) as minimum,
        coalesce(nullif(m.reorder_quantity, 0), p.reorder_quantity, 0) as reorder_quantity,
        greatest(coalesce(s.units, 0), 0) / cast({{ var('cin7_reorder_sales_days') }} as {{ cin7.type_of('number') }}) as units_per_day
    from {{ ref('products') }} as p
    left join levels as l on p.product_key = l.product_key
    left join minimums as m on p.product_key = m.product_key
    left join sold as s on p.product_key = s.product_key
    where p.is_active
),

wanted as (
    select
        *,
        (available + incoming) / nullif(units_per_day, 0) as days_of_cover,
        greatest(minimum, units_per_day * {{ var('cin7_reorder_cover_days') }}) - available - incoming as missing
    from found
)

select
    product,
    source_relation,
    product_key,
    product_id,
    sku,
    product_name,
    supplier_id,
    on_hand,
    available,
    incoming,
    minimum,
    reorder_quantity,
    units_per_day,
    days_of_cover,
    missing > 0.000001 as is_due,
    case
        -- A hair above a whole number is rounding, not a unit.
        when missing > 0.000001 then ceil(greatest(missing, reorder_quantity) - 0.000001)
        else 0
    end as suggested_quantity
from wanted
