-- What was ordered: a kit is one line, its components are left out.
select
    l.purchase_line_key,
    l.source_relation,
    p.purchase_id,
    p.purchase_number,
    p.ordered_at,
    p.expected_at,
    p.received_at,
    p.state,
    p.is_open,
    p.supplier_id,
    p.supplier_name,
    p.location,
    p.currency,
    p.currency_rate,
    p.base_currency,
    l.line_number,
    l.product_id,
    l.product_key,
    l.sku,
    l.product_name,
    l.quantity,
    l.quantity_received,
    l.unit_price,
    l.net,
    l.net_base,
    l.landed_cost_base
from {{ ref('cin7', 'int_omni__purchase_order_lines') }} as l
inner join {{ ref('cin7', 'int_omni__purchases') }} as p
    on l.source_relation = p.source_relation and l.purchase_id = p.purchase_id
where l.is_top
