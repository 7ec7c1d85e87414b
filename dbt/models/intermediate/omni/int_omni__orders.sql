with orders as (
    select
        o.*,
        {{ cin7.omni_state('o', 'o.is_void') }} as state,
        coalesce(product_total, 0) + coalesce(freight_total, 0) + coalesce(surcharge, 0)
            - coalesce(discount_total, 0) as charged,
        {{ cin7.omni_tax_divisor() }} as tax_divisor,
        {{ cin7.omni_kept() }} as kept
    from {{ ref('stg_cin7_omni__sales_orders') }} as o
),

branches as (
    select source_relation, id, company from {{ ref('stg_cin7_omni__branches') }}
)

select
    {{ cin7.key('omni', ['o.source_relation', 'o.id']) }} as order_key,
    o.source_relation,
    o.id as order_id,
    o.reference as order_number,
    o.created_date as ordered_at,
    o.invoice_date as invoiced_at,
    o.state,
    -- An order becomes a sale with its invoice.
    o.state = 'approved' and o.invoice_date is not null as is_sale,
    o.member_id as customer_id,
    {{ cin7.key('omni', ['o.source_relation', 'o.member_id']) }} as customer_key,
    coalesce(o.company, nullif(trim(coalesce(o.first_name, '') || ' ' || coalesce(o.last_name, '')), '')) as customer_name,
    o.branch_id as location_id,
    b.company as location,
    coalesce(o.source, o.project_name) as channel,
    o.currency_code as currency,
    o.currency_rate,
    o.tax_divisor,
    o.kept,
    o.total,
    o.charged / o.tax_divisor as net,
    o.total - o.charged / o.tax_divisor as tax,
    {{ cin7.omni_base('o.total', 'o.currency_rate') }} as total_base,
    {{ cin7.omni_base('o.charged / o.tax_divisor', 'o.currency_rate') }} as net_base,
    o.payment_terms,
    o.invoice_number,
    o.modified_date as modified_at
from orders as o
left join branches as b on o.source_relation = b.source_relation and o.branch_id = b.id
