{{ config(materialized='view') }}
-- What was shipped, and with minus what came back, at the cost of its line.
select
    l.order_line_key as cogs_key,
    'sale' as document_type,
    l.order_id as document_id,
    l.order_key,
    l.moved_at,
    l.source_relation,
    l.product_key,
    l.product_id,
    l.product_group,
    l.sku,
    l.customer_key,
    l.location,
    l.channel,
    l.base_currency,
    {{ cin7.amount('l.quantity_shipped') }} as quantity,
    {{ cin7.amount('l.quantity_shipped * l.unit_cost_base') }} as cost_base,
    l.cost_source,
    l.has_cost,
    l.inputs
from {{ ref('cin7', 'int_omni__order_lines') }} as l
where l.state = 'approved' and l.quantity_shipped <> 0
union all
select
    return_line_key,
    'return',
    credit_note_id,
    order_key,
    returned_at,
    source_relation,
    product_key,
    product_id,
    product_group,
    sku,
    customer_key,
    location,
    channel,
    base_currency,
    {{ cin7.amount('-quantity_restocked') }},
    {{ cin7.amount('-cost_base') }},
    cost_source,
    has_cost,
    {{ cin7.hash_of(['return_line_key', 'order_key', 'returned_at', 'product_key', 'product_group', 'sku', 'customer_key', 'location',
        'channel', 'base_currency', 'quantity_restocked', 'cost_base', 'cost_source', 'has_cost',
        'count(*) over (partition by return_line_key)']) }}
from {{ ref('cin7', 'int_omni__returns') }}
where quantity_restocked <> 0
