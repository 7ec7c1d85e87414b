with shipped as (
    select source_relation, sale_id, product_id, sum(quantity) as quantity, max(shipped_at) as shipped_at
    from {{ ref('cin7', 'int_core__shipped') }}
    group by source_relation, sale_id, product_id
),

-- Lines of one product take what was shipped in their order; the last takes what is over.
{{ cin7.taking_lines(ref('cin7', 'stg_cin7_core__sale_order_lines'), ['source_relation', 'sale_id', 'product_id']) }}

select
    {{ cin7.key('core', ['l.source_relation', 'l.sale_id', 'l.line_number']) }} as order_line_key,
    {{ cin7.key('core', ['l.source_relation', 'l.sale_id']) }} as order_key,
    l.sale_id as order_id,
    o.order_number,
    o.ordered_at,
    o.invoiced_at,
    coalesce(o.state, 'approved') as state,
    coalesce(o.is_sale, false) as is_sale,
    o.customer_key,
    o.location,
    o.channel,
    o.currency,
    o.currency_rate,
    o.base_currency,
    l.source_relation,
    l.line_number,
    l.product_id,
    p.product_key,
    coalesce(p.product_group, l.name) as product_group,
    l.sku,
    l.name as product_name,
    {{ cin7.amount('case when ' ~ cin7.core_has_product('l') ~ ' then coalesce(l.quantity, 0) else 0 end') }} as quantity,
    {{ cin7.taken('s.quantity') }} as quantity_shipped,
    l.price as unit_price,
    -- Core's discount is in percent.
    {{ cin7.amount('l.quantity * l.price * (coalesce(l.discount, 0) / 100)') }} as discount,
    {{ cin7.core_net('l', 'coalesce(o.is_tax_included, false)') }} as net,
    {{ cin7.amount(cin7.core_net('l', 'coalesce(o.is_tax_included, false)') ~ ' * o.base_rate') }} as net_base,
    l.average_cost as unit_cost_base,
    {{ cin7.amount('coalesce(l.quantity * l.average_cost, 0)') }} as cost_base,
    case when coalesce(l.average_cost, 0) <> 0 then 'line' end as cost_source,
    coalesce(l.average_cost, 0) <> 0 as has_cost
from lines as l
left join {{ ref('cin7', 'int_core__orders') }} as o
    on l.source_relation = o.source_relation and l.sale_id = o.order_id
left join shipped as s
    on l.source_relation = s.source_relation and l.sale_id = s.sale_id and l.product_id = s.product_id
left join {{ ref('cin7', 'int_core__products') }} as p
    on l.source_relation = p.source_relation and l.product_id = p.product_id
