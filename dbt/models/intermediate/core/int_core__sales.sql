-- Sales tasks: orders, and stand-alone credit notes, which are no orders.
with sales as (
    select
        s.*,
        {{ cin7.core_state('s.status') }} as state,
        {{ cin7.field('s.order_', 'SaleOrderNumber') }} as sale_order_number,
        {{ cin7.field('s.order_', 'Status') }} as order_status,
        {{ cin7.field('s.order_', 'TotalBeforeTax', 'number') }} as net,
        {{ cin7.field('s.order_', 'Tax', 'number') }} as tax,
        {{ cin7.field('s.order_', 'Total', 'number') }} as total,
        lower(coalesce(s.tax_calculation, '')) like 'incl%' as is_tax_included
    from {{ ref('cin7', 'stg_cin7_core__sales') }} as s
)

select
    {{ cin7.key('core', ['s.source_relation', 's.id']) }} as order_key,
    s.source_relation,
    s.id as order_id,
    s.sale_order_number as order_number,
    s.sale_order_date as ordered_at,
    s.ship_by as promised_at,
    s.state,
    not (
        lower(coalesce(s.type, '')) like '%credit note%'
        or (upper(coalesce(s.status, '')) = 'CREDITED' and upper(coalesce(s.order_status, '')) = 'NOT AVAILABLE')
    ) as is_order,
    s.customer_id,
    {{ cin7.customer_key('core', 's', 'customer_id') }} as customer_key,
    s.customer as customer_name,
    s.email,
    s.location,
    s.source_channel as channel,
    s.status,
    s.order_status,
    coalesce(s.combined_shipping_status, s.ful_filment_status) as fulfilment_status,
    s.combined_invoice_status as invoice_status,
    s.combined_payment_status as payment_status,
    s.terms as payment_terms,
    coalesce(s.customer_currency, s.base_currency) as currency,
    upper(coalesce(s.base_currency, a.base_currency)) as base_currency,
    s.currency_rate,
    cast({{ cin7.core_rate(['s.currency_rate'], 's.customer_currency', 'coalesce(s.base_currency, a.base_currency)') }} as {{ cin7.type_of('rate') }}) as base_rate,
    s.is_tax_included,
    s.cogs_amount,
    s.total,
    s.net,
    s.tax,
    s.last_modified_on as modified_at
    {{- cin7.custom_fields('orders', 'core', 's') }}
from sales as s
left join {{ ref('cin7', 'int_cin7__accounts') }} as a on s.source_relation = a.source_relation and a.product = 'core'
