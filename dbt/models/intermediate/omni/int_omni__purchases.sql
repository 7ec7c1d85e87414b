-- Purchase orders with what their lines need.
with purchases as (
    select
        p.*,
        {{ cin7.omni_state('p', 'p.is_void') }} as state,
        {{ cin7.local_time('omni', 'p', 'created_date') }} as ordered_at,
        {{ cin7.local_time('omni', 'p', 'invoice_date') }} as invoiced_at,
        {{ cin7.local_time('omni', 'p', 'fully_received_date') }} as received_at,
        {{ cin7.local_time('omni', 'p', 'estimated_arrival_date') }} as arrives_at,
        {{ cin7.local_time('omni', 'p', 'estimated_delivery_date') }} as delivered_at,
        {{ cin7.omni_base_currency('p') }} as base_currency,
        {{ cin7.omni_is_tax_included('p') }} as is_tax_included,
        cast({{ cin7.omni_base_rate('p') }} as {{ cin7.type_of('rate') }}) as base_rate
    from {{ ref('cin7', 'stg_cin7_omni__purchase_orders') }} as p
)

select
    p.source_relation,
    p.id as document_id,
    p.id as purchase_id,
    p.reference as purchase_number,
    p.ordered_at,
    coalesce(p.arrives_at, p.delivered_at) as expected_at,
    p.received_at,
    -- Of what is received in part nobody says when.
    coalesce(p.received_at, p.invoiced_at, p.ordered_at) as moved_at,
    p.invoiced_at,
    p.state,
    -- Once it is received or closed nothing more will come.
    p.state = 'approved' and p.received_at is null
        and lower(coalesce(p.stage, '')) not in ('received', 'fully received', 'completed', 'complete', 'closed', 'cancelled')
        as is_open,
    cast(nullif(p.member_id, 0) as {{ cin7.type_of('text') }}) as supplier_id,
    {{ cin7.omni_name('p') }} as supplier_name,
    p.supplier_invoice_reference,
    p.branch_id as location_id,
    b.company as location,
    p.currency_code as currency,
    p.currency_rate,
    p.base_currency,
    p.base_rate,
    p.is_tax_included,
    p.tax_rate,
    p.discount_total,
    p.total,
    p.payment_terms,
    {{ cin7.amount(
        "(coalesce(p.freight_total, 0) + coalesce(p.surcharge, 0)) / "
        ~ cin7.omni_tax_divisor('p.is_tax_included', 'p.tax_rate')
    ) }} as charges_net
from purchases as p
left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
    on p.source_relation = b.source_relation and p.branch_id = b.id
