-- What was credited: a kit is one line, its components are left out.
select
    l.return_line_key,
    l.source_relation,
    n.credit_note_id,
    n.credit_note_number,
    n.returned_at,
    n.order_key,
    n.order_number,
    n.customer_key,
    n.location,
    n.channel,
    n.currency,
    n.currency_rate,
    n.base_currency,
    l.product_id,
    l.product_key,
    l.product_group,
    l.sku,
    l.product_name,
    l.quantity,
    l.quantity_restocked,
    l.net,
    l.net_base,
    l.cost_base,
    case when l.has_cost then 'line' end as cost_source,
    l.has_cost
from {{ ref('cin7', 'int_omni__credit_note_lines') }} as l
inner join {{ ref('cin7', 'int_omni__credit_notes') }} as n
    on l.source_relation = n.source_relation and l.credit_note_id = n.credit_note_id
where l.is_top and n.state = 'approved'
