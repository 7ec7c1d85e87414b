-- What Core says that goods cost when they left, and with minus when they came back. Where a sale's
-- movements are not loaded, what was shipped counts at the average cost of its lines.
with moved as (
    select
        m.source_relation, m.sale_id, m.task_id, m.product_id, m.date,
        {{ cin7.key('core', ['m.source_relation', 'm.sale_id', 'm.line_number']) }} as cogs_key,
        case when c.is_return then 'return' else 'sale' end as document_type,
        {{ cin7.nothing('number') }} as quantity,
        m.cogs as cost_base,
        'movements' as cost_source
    from {{ ref('cin7', 'stg_cin7_core__sale_inventory_movements') }} as m
    inner join {{ ref('cin7', 'int_core__sale_costs') }} as c
        on m.source_relation = c.source_relation and m.sale_id = c.sale_id
        and coalesce(m.task_id, '') = coalesce(c.task_id, '') and coalesce(m.product_id, '') = coalesce(c.product_id, '')
),

known as (
    select distinct source_relation, sale_id from moved
),

shipped as (
    select
        l.source_relation, l.order_id, {{ cin7.nothing() }} as task_id, l.product_id,
        coalesce(o.shipped_at, l.invoiced_at, l.ordered_at) as moved_at,
        l.order_line_key, 'sale' as document_type, l.quantity_shipped, {{ cin7.amount('l.quantity_shipped * l.unit_cost_base') }} as cost_base,
        l.cost_source
    from {{ ref('cin7', 'int_core__order_lines') }} as l
    inner join {{ ref('cin7', 'int_core__orders') }} as o
        on l.source_relation = o.source_relation and l.order_id = o.order_id
    left join known as k on l.source_relation = k.source_relation and l.order_id = k.sale_id
    where k.sale_id is null and l.state = 'approved' and l.quantity_shipped <> 0
),

rows_ as (
    select * from moved
    union all
    select source_relation, order_id, task_id, product_id, moved_at, order_line_key, document_type, quantity_shipped, cost_base, cost_source
    from shipped
)

select
    r.cogs_key,
    r.document_type,
    coalesce(r.task_id, r.sale_id) as document_id,
    case when s.is_order then s.order_key end as order_key,
    r.date as moved_at,
    r.source_relation,
    p.product_key,
    r.product_id,
    p.product_group,
    p.sku,
    s.customer_key,
    s.location,
    s.channel,
    s.base_currency,
    {{ cin7.amount('r.quantity') }} as quantity,
    {{ cin7.amount('coalesce(r.cost_base, 0)') }} as cost_base,
    r.cost_source,
    r.cost_source is not null as has_cost
from rows_ as r
left join {{ ref('cin7', 'int_core__sales') }} as s
    on r.source_relation = s.source_relation and r.sale_id = s.order_id
left join {{ ref('cin7', 'int_core__products') }} as p
    on r.source_relation = p.source_relation and r.product_id = p.product_id
