{{ cin7.incremental('int_omni__order_inputs') }}
-- All lines of orders, kits and components alike, and one row a size where a line is several sizes.
with lines as (
    {{ cin7.omni_priced_lines(
        ref('cin7', 'int_omni__orders'), ref('cin7', 'stg_cin7_omni__sales_order_lines'), 'order_id', has_tax_rate=true,
        inputs=ref('cin7', 'int_omni__order_inputs')
    ) }}
),

sizes as (
    select
        source_relation, order_id, line_id, repetition, name, code, qty,
        sum(qty) over (partition by source_relation, order_id, line_id) as total,
        count(*) over (partition by source_relation, order_id, line_id) as sizes
    from {{ ref('cin7', 'stg_cin7_omni__sales_order_line_sizes') }}
    where qty > 0 and line_id > 0
),

sized as (
    select
        l.*,
        coalesce(s.code, l.code) as sku,
        s.name as size,
        case when s.sizes > 1 then s.repetition end as size_number,
        -- Money and units of a line are shared by the units of its sizes.
        case when s.sizes > 1 then cast(s.qty as {{ cin7.type_of('rate') }}) / cast(s.total as {{ cin7.type_of('rate') }}) end as share
    from lines as l
    -- Lines whose id repeats in the document cannot be told apart by it.
    left join sizes as s
        on l.source_relation = s.source_relation and l.order_id = s.order_id and l.id = s.line_id and l.lines_of_id = 1
)

select
    {{ cin7.key('omni', ['l.source_relation', 'l.order_id', 'l.id', 'l.repetition']) }}
        || case when l.size_number is null then '' else ':' || cast(l.size_number as {{ cin7.type_of('text') }}) end as order_line_key,
    l.source_relation,
    l.order_id,
    l.document_id,
    l.id as line_id,
    l.sort as line_number,
    l.is_top,
    l.is_leaf,
    l.has_product,
    l.has_cost,
    l.product_id,
    coalesce(b.product_key, z.product_key, l.product_key) as product_key,
    coalesce(b.product_group, z.product_group, l.product_group, l.name) as product_group,
    l.sku,
    l.name as product_name,
    {{ cin7.amount('case when l.has_product then l.qty * coalesce(l.share, 1) else 0 end') }} as quantity,
    {{ cin7.amount('case when l.has_product then l.quantity_shipped * coalesce(l.share, 1) else 0 end') }} as quantity_shipped,
    l.unit_price,
    {{ cin7.amount('coalesce(l.discount, 0) * coalesce(l.share, 1)') }} as discount,
    {{ cin7.amount('l.net * coalesce(l.share, 1)') }} as net,
    {{ cin7.amount('l.net_base * coalesce(l.share, 1)') }} as net_base,
    {{ cin7.amount('l.line_tax_rate') }} as tax_rate,
    l.unit_cost_base,
    {{ cin7.amount('l.cost_base * coalesce(l.share, 1)') }} as cost_base,
    l.inputs
from sized as l
left join {{ ref('cin7', 'int_omni__skus') }} as b
    on l.source_relation = b.source_relation and l.product_option_id = b.option_id and l.sku = b.sku
left join {{ ref('cin7', 'int_omni__sizes') }} as z
    on l.source_relation = z.source_relation and l.product_option_id = z.option_id and l.size = z.size
