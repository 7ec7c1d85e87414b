with sales as (
    select
        s.*,
        {{ cin7.core_state() }} as state,
        {{ cin7.field('order_', 'SaleOrderNumber') }} as sale_order_number,
        {{ cin7.field('order_', 'TotalBeforeTax', 'number') }} as net,
        {{ cin7.field('order_', 'Tax', 'number') }} as tax,
        {{ cin7.field('order_', 'Total', 'number') }} as total
    from {{ ref('stg_cin7_core__sales') }} as s
),

invoiced as (
    select source_relation, sale_id, min(invoice_date) as invoiced_at
    from {{ ref('stg_cin7_core__sale_invoices') }}
    where {{ cin7.core_counts() }}
    group by source_relation, sale_id
)

select
    {{ cin7.key('core', ['s.source_relation', 's.id']) }} as order_key,
    s.source_relation,
    s.id as order_id,
    s.sale_order_number as order_number,
    s.sale_order_date as ordered_at,
    i.invoiced_at,
    s.state,
    s.state = 'approved' and i.invoiced_at is not null as is_sale,
    s.customer_id,
    {{ cin7.key('core', ['s.source_relation', 's.customer_id']) }} as customer_key,
    s.customer as customer_name,
    s.location,
    s.source_channel as channel,
    s.customer_currency as currency,
    s.base_currency,
    s.currency_rate,
    lower(s.tax_calculation) like 'incl%' as is_tax_included,
    s.total,
    s.net,
    s.tax,
    s.total * coalesce(s.currency_rate, 1) as total_base,
    s.net * coalesce(s.currency_rate, 1) as net_base,
    s.last_modified_on as modified_at
from sales as s
left join invoiced as i on s.source_relation = i.source_relation and s.id = i.sale_id
