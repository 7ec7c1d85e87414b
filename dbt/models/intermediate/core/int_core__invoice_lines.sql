-- A voided invoice stays beside the one that was issued instead.
select
    {{ cin7.key('core', ['l.source_relation', 'l.sale_id', 'l.invoice_task_id', 'l.line_number']) }} as invoice_line_key,
    o.order_key,
    i.task_id as invoice_id,
    i.invoice_number,
    i.invoice_date as invoiced_at,
    o.customer_key,
    o.location,
    o.channel,
    o.currency,
    coalesce(i.currency_conversion_rate, o.currency_rate, 1) as currency_rate,
    l.source_relation,
    l.line_number,
    l.product_id,
    p.product_key,
    coalesce(p.product_group, l.name) as product_group,
    l.sku,
    l.name as product_name,
    l.quantity,
    l.price as unit_price,
    l.total - case when o.is_tax_included then coalesce(l.tax, 0) else 0 end as net,
    l.tax,
    (l.total - case when o.is_tax_included then coalesce(l.tax, 0) else 0 end)
        * coalesce(i.currency_conversion_rate, o.currency_rate, 1) as net_base,
    l.quantity * l.average_cost as cost_base
from {{ ref('stg_cin7_core__sale_invoice_lines') }} as l
inner join {{ ref('stg_cin7_core__sale_invoices') }} as i
    on l.source_relation = i.source_relation and l.sale_id = i.sale_id and l.invoice_task_id = i.task_id
inner join {{ ref('int_core__orders') }} as o
    on l.source_relation = o.source_relation and l.sale_id = o.order_id
left join {{ ref('int_core__products') }} as p
    on l.source_relation = p.source_relation and l.product_id = p.product_id
where {{ cin7.core_counts('i.status') }}
