with receipts as (
    select source_relation, purchase_id, product_id, sum(quantity) as quantity, max(date) as received_at
    from {{ ref('cin7', 'int_core__receipts') }}
    group by source_relation, purchase_id, product_id
),

-- Lines of one product take what came in their order; the last takes what is over.
{{ cin7.taking_lines(ref('cin7', 'stg_cin7_core__purchase_order_lines'), ['source_relation', 'purchase_id', 'product_id']) }},

priced as (
    select l.*, {{ cin7.core_net('l', 'coalesce(p.is_tax_included, false)') }} as net
    from lines as l
    left join {{ ref('cin7', 'int_core__purchases') }} as p
        on l.source_relation = p.source_relation and l.purchase_id = p.purchase_id
),

summed as (
    select *, sum(net) over (partition by source_relation, purchase_id) as document_net
    from priced
)

select
    {{ cin7.key('core', ['l.source_relation', 'l.purchase_id', 'l.line_number']) }} as purchase_line_key,
    l.source_relation,
    l.purchase_id,
    p.purchase_number,
    p.ordered_at,
    p.expected_at,
    r.received_at,
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
    i.product_key,
    l.sku,
    l.name as product_name,
    {{ cin7.amount('coalesce(l.quantity, 0)') }} as quantity,
    {{ cin7.taken('r.quantity') }} as quantity_received,
    l.price as unit_price,
    l.net,
    {{ cin7.amount('l.net * p.base_rate') }} as net_base,
    {{ cin7.amount(
        '(l.net + case when l.document_net = 0 then 0 else coalesce(c.charges_net, 0) * l.net / l.document_net end) * p.base_rate'
    ) }} as landed_cost_base
from summed as l
left join {{ ref('cin7', 'int_core__purchases') }} as p
    on l.source_relation = p.source_relation and l.purchase_id = p.purchase_id
left join {{ ref('cin7', 'int_core__purchase_charges') }} as c
    on l.source_relation = c.source_relation and l.purchase_id = c.purchase_id
left join receipts as r
    on l.source_relation = r.source_relation and l.purchase_id = r.purchase_id and l.product_id = r.product_id
left join {{ ref('cin7', 'int_core__products') }} as i
    on l.source_relation = i.source_relation and l.product_id = i.product_id
