{{ cin7.incremental('int_cin7__sales_days') }}
-- Sales of a day; what was credited counts with minus, on its own day.
with daily_sales as (
    select
        product,
        source_relation,
        company,
        day,
        product_key,
        product_group,
        sku,
        location,
        channel,
        currency,
        base_currency,
        {{ cin7.amount('sum(units)') }} as units,
        {{ cin7.amount('sum(net)') }} as net,
        {{ cin7.amount('sum(net_base)') }} as net_base,
        {{ cin7.amount('sum(cost_base)') }} as cost_base,
        {{ cin7.margin('sum(net_base)', 'sum(cost_base)') }} as margin_base,
        min(case when has_cost then 1 else 0 end) = 1 as has_cost,
        day_inputs as inputs
    from (
        select s.*, d.inputs as day_inputs
        from {{ ref('cin7', 'int_cin7__sales') }} as s
        inner join {{ ref('cin7', 'int_cin7__sales_days') }} as d
            on s.source_relation = d.source_relation and coalesce(s.day, cast('0001-01-01' as date)) = d.day
        where {{ cin7.is_new('d.inputs') }}
    ) as sales
    group by
        product, source_relation, company, day, product_key, product_group, sku, location, channel, currency, base_currency,
        day_inputs
)

select {{ cin7.promised('d') }}
from daily_sales as d
