with receipts as (
    select source_relation, purchase_id, product_id, sum(quantity) as quantity, max(date) as received_at
    from {{ ref('int_core__receipts') }}
    group by source_relation, purchase_id, product_id
),

lines as (
    select
        l.*,
        -- Lines of one product take what came in their order.
        coalesce(sum(l.quantity) over (
            partition by l.source_relation, l.purchase_id, l.product_id
            order by l.line_number
            rows between unbounded preceding and 1 preceding
        ), 0) as before
    from {{ ref('stg_cin7_core__purchase_order_lines') }} as l
),

purchases as (
    select
        p.*,
        {{ cin7.core_state('p.status') }} as state,
        lower(p.tax_calculation) like 'incl%' as is_tax_included
    from {{ ref('stg_cin7_core__purchases') }} as p
)

select
    {{ cin7.key('core', ['l.source_relation', 'l.purchase_id', 'l.line_number']) }} as purchase_line_key,
    l.source_relation,
    p.id as purchase_id,
    p.order_number as purchase_number,
    p.order_date as ordered_at,
    p.required_by as expected_at,
    r.received_at,
    p.state,
    p.supplier_id,
    p.supplier as supplier_name,
    p.location,
    p.supplier_currency as currency,
    p.base_currency,
    p.currency_rate,
    l.line_number,
    l.product_id,
    i.product_key,
    l.sku,
    l.name as product_name,
    l.quantity,
    greatest(least(coalesce(r.quantity, 0) - l.before, l.quantity), 0) as quantity_received,
    l.price as unit_price,
    l.total - case when p.is_tax_included then coalesce(l.tax, 0) else 0 end as net,
    (l.total - case when p.is_tax_included then coalesce(l.tax, 0) else 0 end)
        * coalesce(p.currency_rate, 1) as net_base
from lines as l
inner join purchases as p on l.source_relation = p.source_relation and l.purchase_id = p.id
left join receipts as r
    on l.source_relation = r.source_relation and l.purchase_id = r.purchase_id and l.product_id = r.product_id
left join {{ ref('int_core__products') }} as i
    on l.source_relation = i.source_relation and l.product_id = i.product_id
