-- Sales orders with what their lines need. An order becomes a sale with its invoice.
with orders as (
    select
        o.*,
        {{ cin7.omni_state('o', 'o.is_void') }} as state,
        {{ cin7.local_time('omni', 'o', 'created_date') }} as ordered_at,
        {{ cin7.local_time('omni', 'o', 'invoice_date') }} as invoiced_at,
        {{ cin7.local_time('omni', 'o', 'dispatched_date') }} as dispatched_at,
        {{ cin7.local_time('omni', 'o', 'estimated_delivery_date') }} as promised_at,
        {{ cin7.omni_base_currency('o') }} as base_currency,
        {{ cin7.omni_is_tax_included('o') }} as is_tax_included,
        cast({{ cin7.omni_base_rate('o') }} as {{ cin7.type_of('rate') }}) as base_rate
    from {{ ref('cin7', 'stg_cin7_omni__sales_orders') }} as o
)

select
    {{ cin7.key('omni', ['o.source_relation', 'o.id']) }} as order_key,
    o.source_relation,
    o.id as order_id,
    o.id as document_id,
    o.reference as order_number,
    o.ordered_at,
    o.invoiced_at,
    o.promised_at,
    o.dispatched_at,
    -- Of what is shipped in part nobody says when; the time of the last edit would move closed months.
    coalesce(o.dispatched_at, o.invoiced_at, o.ordered_at) as moved_at,
    o.state,
    o.state = 'approved' and o.invoiced_at is not null as is_sale,
    nullif(o.member_id, 0) as customer_id,
    {{ cin7.customer_key('omni', 'o', 'member_id') }} as customer_key,
    {{ cin7.omni_name('o') }} as customer_name,
    o.member_email as email,
    o.branch_id as location_id,
    b.company as location,
    coalesce(o.source, o.project_name) as channel,
    o.stage,
    o.currency_code as currency,
    o.currency_rate,
    o.base_currency,
    o.base_rate,
    o.is_tax_included,
    o.tax_rate,
    o.product_total,
    o.discount_total,
    -- Where the header says no total, it follows from what is charged.
    coalesce(o.total, {{ cin7.amount(
        "(o.product_total + coalesce(o.freight_total, 0) + coalesce(o.surcharge, 0) - coalesce(o.discount_total, 0))"
        ~ " * case when lower(o.tax_status) like 'excl%' then 1 + coalesce(o.tax_rate, 0) / 100 else 1 end"
    ) }}) as total,
    {{ cin7.amount(
        "coalesce(o.freight_total, 0) / " ~ cin7.omni_tax_divisor('o.is_tax_included', 'o.tax_rate')
    ) }} as freight_net,
    {{ cin7.amount(
        "coalesce(o.surcharge, 0) / " ~ cin7.omni_tax_divisor('o.is_tax_included', 'o.tax_rate')
    ) }} as surcharge_net,
    -- Where lines are not loaded, the header says what the goods are.
    {{ cin7.amount(
        "(coalesce(o.product_total, 0) - coalesce(o.discount_total, 0)) / "
        ~ cin7.omni_tax_divisor('o.is_tax_included', 'o.tax_rate')
    ) }} as header_goods_net,
    o.payment_terms,
    {{ cin7.field('o.accounting_attributes', 'accountingImportStatus') }} as accounting_status,
    o.invoice_number,
    o.modified_date as modified_at
    {{- cin7.custom_fields('orders', 'omni', 'o') }}
from orders as o
left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
    on o.source_relation = b.source_relation and o.branch_id = b.id
