{# What to buy: below its minimum, or gone before it would arrive at the pace of the last months. One
   row a product, or one a product and place. #}
{% macro reorder(by_location) %}
{%- set place = ', location' if by_location else '' -%}
{%- set days = var('cin7_reorder_sales_days') | int -%}
{%- set cover = var('cin7_reorder_cover_days') | int -%}
with levels as (
    select
        product_key{{ place }},
        sum(on_hand) as on_hand,
        sum(available) as available,
        sum(incoming) as incoming
    from {{ ref('cin7', 'int_cin7__stock_levels') }}
    where product_key is not null
    group by product_key{{ place }}
),

-- What was sold, what came back, and what went into kits and assemblies.
demanded as (
    select product_key{{ place }}, sum(units) as units
    from {{ ref('cin7', 'int_cin7__demand') }}
    where
        product_key is not null
        and day > {{ cin7.days_after(cin7.today(), -days) }}
        and day <= {{ cin7.today() }}
    group by product_key{{ place }}
),

minimums as (
    select
        product_key{{ place }},
        sum(minimum) as minimum,
        sum(reorder_quantity) as reorder_quantity
    from {{ ref('cin7', 'int_core__reorder_levels') }}
    group by product_key{{ place }}
),
{%- if by_location %}

places as (
    select distinct product_key, location
    from (
        select product_key, location from levels
        union all
        select product_key, location from demanded
        union all
        select product_key, location from minimums
    ) as named
),
{%- endif %}

found as (
    select
        p.product,
        p.source_relation,
        p.company,
        p.product_key,
        p.product_id,
        p.sku,
        p.product_name,
        {%- if by_location %}
        w.location,
        {%- endif %}
        p.supplier_id,
        coalesce(l.on_hand, 0) as on_hand,
        coalesce(l.available, 0) as available,
        coalesce(l.incoming, 0) as incoming,
        {%- if by_location %}
        coalesce(m.minimum, 0) as minimum,
        coalesce(m.reorder_quantity, 0) as reorder_quantity,
        {%- else %}
        coalesce(nullif(m.minimum, 0), p.minimum_before_reorder, 0) as minimum,
        coalesce(nullif(m.reorder_quantity, 0), p.reorder_quantity, 0) as reorder_quantity,
        {%- endif %}
        coalesce(o.lead_days, 0) as lead_days,
        coalesce(o.minimum_order, 0) as minimum_order,
        greatest(coalesce(d.units, 0), 0) as units,
        -- Of what is new, the days that there were.
        least(greatest(coalesce({{ cin7.days_between('p.created_at', cin7.today()) }}, {{ days }}), 1), {{ days }}) as days
    from {{ ref('cin7', 'int_cin7__products') }} as p
    {%- if by_location %}
    inner join places as w on p.product_key = w.product_key
    left join levels as l on w.product_key = l.product_key and coalesce(w.location, '') = coalesce(l.location, '')
    left join minimums as m on w.product_key = m.product_key and coalesce(w.location, '') = coalesce(m.location, '')
    left join demanded as d on w.product_key = d.product_key and coalesce(w.location, '') = coalesce(d.location, '')
    {%- else %}
    left join levels as l on p.product_key = l.product_key
    left join minimums as m on p.product_key = m.product_key
    left join demanded as d on p.product_key = d.product_key
    {%- endif %}
    left join {{ ref('cin7', 'int_core__supplier_options') }} as o on p.product_key = o.product_key
    where p.is_active and p.is_bought
),

paced as (
    select *, cast(units as {{ cin7.type_of('rate') }}) / days as pace
    from found
),

wanted as (
    select
        *,
        {{ cin7.amount('pace') }} as units_per_day,
        {{ cin7.amount('(available + incoming) / nullif(pace, 0)') }} as days_of_cover,
        {{ cin7.amount('greatest(minimum, pace * (' ~ cover ~ ' + lead_days)) - available - incoming') }} as missing
    from paced
)

select
    product,
    source_relation,
    company,
    product_key,
    product_id,
    sku,
    product_name,
    {%- if by_location %}
    location,
    {%- endif %}
    supplier_id,
    {%- for name in ['on_hand', 'available', 'incoming', 'minimum', 'reorder_quantity', 'lead_days', 'minimum_order'] %}
    {{ cin7.amount(name) }} as {{ name }},
    {%- endfor %}
    {{ cin7.amount('units') }} as units_sold,
    units_per_day,
    days_of_cover,
    missing > 0.000001 as is_due,
    -- A hair above a whole number is rounding, not a unit.
    {{ cin7.amount(
        'case when missing > 0.000001 then ceil(greatest(missing, reorder_quantity, minimum_order) - 0.000001) else 0 end'
    ) }} as suggested_quantity
from wanted
{% endmacro %}
