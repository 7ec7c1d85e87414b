-- What left the shelf at cost, and with minus what came back to it. Core says it by document and
-- product; of Omni it is what was shipped times the cost of the line.
select
    'omni' as product,
    l.source_relation,
    l.order_line_key as cogs_key,
    'sale' as document_type,
    cast(l.order_id as {{ cin7.type_of('text') }}) as document_id,
    l.order_key,
    coalesce(o.dispatched_date, o.modified_cogs_date, o.invoice_date, o.modified_date) as moved_at,
    l.product_key,
    cast(l.product_id as {{ cin7.type_of('text') }}) as product_id,
    l.product_group,
    l.quantity_shipped as quantity,
    l.quantity_shipped * l.unit_cost_base as cost_base
from {{ ref('int_omni__order_lines') }} as l
inner join {{ ref('stg_cin7_omni__sales_orders') }} as o
    on l.source_relation = o.source_relation and l.order_id = o.id
where l.state = 'approved' and l.quantity_shipped <> 0
union all
select
    'omni',
    source_relation,
    return_line_key,
    'return',
    cast(credit_note_id as {{ cin7.type_of('text') }}),
    {{ cin7.nothing() }},
    returned_at,
    product_key,
    cast(product_id as {{ cin7.type_of('text') }}),
    product_group,
    -quantity_restocked,
    -cost_base
from {{ ref('int_omni__returns') }}
where quantity_restocked <> 0
union all
select
    'core',
    m.source_relation,
    {{ cin7.key('core', ['m.source_relation', 'm.sale_id', 'm.line_number']) }},
    case when m.cogs < 0 then 'return' else 'sale' end,
    m.task_id,
    o.order_key,
    m.date,
    p.product_key,
    m.product_id,
    p.product_group,
    {{ cin7.nothing('number') }},
    m.cogs
from {{ ref('stg_cin7_core__sale_inventory_movements') }} as m
inner join {{ ref('int_core__orders') }} as o
    on m.source_relation = o.source_relation and m.sale_id = o.order_id
left join {{ ref('int_core__products') }} as p
    on m.source_relation = p.source_relation and m.product_id = p.product_id
