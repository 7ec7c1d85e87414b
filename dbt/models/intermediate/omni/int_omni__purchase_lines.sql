with orders as (
    select
        p.*,
        {{ cin7.omni_state('p', 'p.is_void') }} as state,
        {{ cin7.omni_tax_divisor() }} as tax_divisor,
        {{ cin7.omni_kept() }} as kept
    from {{ ref('stg_cin7_omni__purchase_orders') }} as p
)

select
    {{ cin7.key('omni', ['l.source_relation', 'l.order_id', 'l.id', 'l.repetition']) }} as purchase_line_key,
    l.source_relation,
    o.id as purchase_id,
    o.reference as purchase_number,
    o.created_date as ordered_at,
    coalesce(o.estimated_arrival_date, o.estimated_delivery_date) as expected_at,
    o.fully_received_date as received_at,
    o.state,
    o.member_id as supplier_id,
    coalesce(o.company, o.last_name) as supplier_name,
    b.company as location,
    o.currency_code as currency,
    o.currency_rate,
    l.sort as line_number,
    l.product_id,
    s.product_key,
    l.code as sku,
    l.name as product_name,
    l.qty as quantity,
    coalesce(l.qty_shipped, 0) as quantity_received,
    l.unit_price,
    (l.qty * l.unit_price - coalesce(l.discount, 0)) * o.kept / o.tax_divisor as net,
    {{ cin7.omni_base(
        '(l.qty * l.unit_price - coalesce(l.discount, 0)) * o.kept / o.tax_divisor', 'o.currency_rate'
    ) }} as net_base
from {{ ref('stg_cin7_omni__purchase_order_lines') }} as l
inner join orders as o on l.source_relation = o.source_relation and l.order_id = o.id
left join {{ ref('stg_cin7_omni__branches') }} as b
    on o.source_relation = b.source_relation and o.branch_id = b.id
left join {{ ref('int_omni__skus') }} as s
    on l.source_relation = s.source_relation and l.product_option_id = s.option_id and l.code = s.sku
where coalesce(l.parent_id, 0) = 0
