-- Sales are goods without tax and charges; what was credited counts with minus, on its own day.
with lines as (
    select
        product, source_relation, cast(invoiced_at as date) as day, product_key, product_group, sku, location,
        channel, currency, quantity as units, net, net_base, cost_base
    from {{ ref('invoice_lines') }}
    union all
    select
        product, source_relation, cast(returned_at as date), product_key, product_group, sku, location,
        channel, currency, -quantity, -net, -net_base, -cost_base
    from {{ ref('returns') }}
)

select
    product,
    source_relation,
    day,
    product_key,
    product_group,
    sku,
    location,
    channel,
    currency,
    sum(units) as units,
    sum(net) as net,
    sum(net_base) as net_base,
    sum(cost_base) as cost_base,
    sum(net_base) - sum(cost_base) as margin_base
from lines
group by product, source_relation, day, product_key, product_group, sku, location, channel, currency
