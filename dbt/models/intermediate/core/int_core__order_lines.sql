select
    {{ cin7.key('core', ['l.source_relation', 'l.sale_id', 'l.line_number']) }} as order_line_key,
    o.order_key,
    o.order_id,
    o.order_number,
    o.ordered_at,
    o.invoiced_at,
    o.state,
    o.is_sale,
    o.customer_key,
    o.location,
    o.channel,
    o.currency,
    o.currency_rate,
    l.source_relation,
    l.line_number,
    l.product_id,
    p.product_key,
    coalesce(p.product_group, l.name) as product_group,
    l.sku,
    l.name as product_name,
    l.quantity,
    l.quantity - coalesce(l.backorder_quantity, 0) as quantity_shipped,
    l.price as unit_price,
    -- Core's discount is in percent.
    l.quantity * l.price * coalesce(l.discount, 0) / 100.0 as discount,
    l.total - case when o.is_tax_included then coalesce(l.tax, 0) else 0 end as net,
    (l.total - case when o.is_tax_included then coalesce(l.tax, 0) else 0 end)
        * coalesce(o.currency_rate, 1) as net_base,
    l.average_cost as unit_cost_base,
    l.quantity * l.average_cost as cost_base
from {{ ref('stg_cin7_core__sale_order_lines') }} as l
inner join {{ ref('int_core__orders') }} as o
    on l.source_relation = o.source_relation and l.sale_id = o.order_id
left join {{ ref('int_core__products') }} as p
    on l.source_relation = p.source_relation and l.product_id = p.product_id
