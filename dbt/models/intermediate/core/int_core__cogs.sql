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

averages as (
    select source_relation, sale_id, product_id, avg(average_cost) as average_cost
    from (
        select source_relation, sale_id, product_id, average_cost from {{ ref('cin7', 'stg_cin7_core__sale_order_lines') }}
        union all
        select source_relation, sale_id, product_id, average_cost from {{ ref('cin7', 'stg_cin7_core__sale_invoice_lines') }}
    ) as each
    where average_cost <> 0
    group by source_relation, sale_id, product_id
),

shipped as (
    select
        h.source_relation, h.sale_id, h.task_id, h.product_id,
        coalesce(h.shipped_at, o.ordered_at) as moved_at,
        {{ cin7.key('core', ['h.source_relation', 'h.sale_id', 'h.task_id', 'h.line_number']) }} as cogs_key,
        'sale' as document_type,
        h.quantity,
        {{ cin7.amount('h.quantity * coalesce(a.average_cost, p.unit_cost_base)') }} as cost_base,
        case when coalesce(a.average_cost, p.unit_cost_base) is not null then 'line' end as cost_source
    from {{ ref('cin7', 'int_core__shipped') }} as h
    left join {{ ref('cin7', 'int_core__sales') }} as o
        on h.source_relation = o.source_relation and h.sale_id = o.order_id
    left join averages as a
        on h.source_relation = a.source_relation and h.sale_id = a.sale_id and h.product_id = a.product_id
    left join {{ ref('cin7', 'int_core__products') }} as p
        on h.source_relation = p.source_relation and h.product_id = p.product_id
    left join known as k on h.source_relation = k.source_relation and h.sale_id = k.sale_id
    where k.sale_id is null and coalesce(o.state, 'approved') <> 'void' and coalesce(p.is_stocked, true)
),

rows_ as (
    select * from moved
    union all
    select * from shipped
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
