-- A kit has its own line, and one a component with parent_id above 0: those would count it again.
select
    {{ cin7.key('omni', ['l.source_relation', 'l.order_id', 'l.id', 'l.repetition']) }} as order_line_key,
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
    l.sort as line_number,
    l.product_id,
    s.product_key,
    coalesce(s.product_group, l.name) as product_group,
    l.code as sku,
    l.name as product_name,
    l.qty as quantity,
    l.qty_shipped as quantity_shipped,
    l.unit_price,
    coalesce(l.discount, 0) as discount,
    -- Omni's discount is an amount for the whole line.
    (l.qty * l.unit_price - coalesce(l.discount, 0)) * o.kept / o.tax_divisor as net,
    {{ cin7.omni_base(
        '(l.qty * l.unit_price - coalesce(l.discount, 0)) * o.kept / o.tax_divisor', 'o.currency_rate'
    ) }} as net_base,
    l.unit_cost as unit_cost_base,
    l.qty * l.unit_cost as cost_base
from {{ ref('stg_cin7_omni__sales_order_lines') }} as l
inner join {{ ref('int_omni__orders') }} as o
    on l.source_relation = o.source_relation and l.order_id = o.order_id
left join {{ ref('int_omni__skus') }} as s
    on l.source_relation = s.source_relation and l.product_option_id = s.option_id and l.code = s.sku
where coalesce(l.parent_id, 0) = 0
