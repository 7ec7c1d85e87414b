-- All lines of purchase orders, kits and components alike; charges are shared by what lines amount to.
with lines as (
    {{ cin7.omni_priced_lines(
        ref('cin7', 'int_omni__purchases'), ref('cin7', 'stg_cin7_omni__purchase_order_lines'), 'order_id', has_cost=false
    ) }}
),

summed as (
    select
        *,
        sum(case when is_top then net else 0 end) over (partition by source_relation, order_id) as document_net
    from lines
)

select
    {{ cin7.key('omni', ['s.source_relation', 's.order_id', 's.id', 's.repetition']) }} as purchase_line_key,
    s.source_relation,
    s.order_id as purchase_id,
    s.sort as line_number,
    s.id as line_id,
    s.repetition,
    s.is_top,
    s.is_leaf,
    s.has_product,
    s.product_id,
    s.product_key,
    s.code as sku,
    s.name as product_name,
    {{ cin7.amount('case when s.has_product then coalesce(s.qty, 0) else 0 end') }} as quantity,
    {{ cin7.amount('case when s.has_product then s.quantity_shipped else 0 end') }} as quantity_received,
    s.unit_price,
    s.net,
    s.net_base,
    {{ cin7.amount(
        's.net_base + case when s.document_net = 0 then 0 else p.charges_net * p.base_rate * s.net / s.document_net end'
    ) }} as landed_cost_base
from summed as s
inner join {{ ref('cin7', 'int_omni__purchases') }} as p
    on s.source_relation = p.source_relation and s.order_id = p.purchase_id
