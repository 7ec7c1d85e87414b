-- Sales of a day; what was credited counts with minus, on its own day.
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
    min(case when has_cost then 1 else 0 end) = 1 as has_cost
from {{ ref('cin7', 'int_cin7__sales') }}
group by
    product, source_relation, company, day, product_key, product_group, sku, location, channel, currency, base_currency
