{{ cin7.incremental('int_omni__order_inputs') }}
-- What was sold: a kit is one line with its price, its components are left out.
select
    l.order_line_key,
    o.order_key,
    o.order_id,
    o.order_number,
    o.ordered_at,
    o.invoiced_at,
    o.moved_at,
    o.state,
    o.is_sale,
    o.customer_key,
    o.location,
    o.channel,
    o.currency,
    o.currency_rate,
    o.base_currency,
    l.source_relation,
    l.line_number,
    l.product_id,
    l.product_key,
    l.product_group,
    l.sku,
    l.product_name,
    l.quantity,
    l.quantity_shipped,
    l.unit_price,
    l.discount,
    l.net,
    l.net_base,
    l.tax_rate,
    l.unit_cost_base,
    {{ cin7.amount('coalesce(l.cost_base, 0)') }} as cost_base,
    case when l.has_cost then 'line' end as cost_source,
    l.has_cost,
    l.inputs
from {{ ref('cin7', 'int_omni__sales_lines') }} as l
inner join {{ ref('cin7', 'int_omni__orders') }} as o
    on l.source_relation = o.source_relation and l.order_id = o.order_id
where l.is_top and {{ cin7.is_new('l.inputs') }}
