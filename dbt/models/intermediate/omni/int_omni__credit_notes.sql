-- Credit notes with what their lines need.
with notes as (
    select
        n.*,
        {{ cin7.omni_state('n') }} as state,
        {{ cin7.local_time('omni', 'n', 'credit_note_date') }} as credited_at,
        {{ cin7.local_time('omni', 'n', 'completed_date') }} as completed_at,
        {{ cin7.local_time('omni', 'n', 'created_date') }} as created_at,
        {{ cin7.omni_base_currency('n') }} as base_currency,
        {{ cin7.omni_is_tax_included('n') }} as is_tax_included,
        cast({{ cin7.omni_base_rate('n') }} as {{ cin7.type_of('rate') }}) as base_rate
    from {{ ref('cin7', 'stg_cin7_omni__credit_notes') }} as n
),

orders as (
    select source_relation, order_number, max(order_key) as order_key
    from {{ ref('cin7', 'int_omni__orders') }}
    where state <> 'void'
    group by source_relation, order_number
    having count(*) = 1
)

select
    n.source_relation,
    n.id as document_id,
    n.id as credit_note_id,
    n.reference as credit_note_number,
    n.state,
    -- Many credit notes have no date of their own.
    coalesce(n.credited_at, n.created_at, n.completed_at) as returned_at,
    o.order_key,
    n.sales_reference as order_number,
    nullif(n.member_id, 0) as customer_id,
    {{ cin7.customer_key('omni', 'n', 'member_id') }} as customer_key,
    {{ cin7.omni_name('n') }} as customer_name,
    n.branch_id as location_id,
    b.company as location,
    coalesce(n.source, n.project_name) as channel,
    n.currency_code as currency,
    n.currency_rate,
    n.base_currency,
    n.base_rate,
    n.is_tax_included,
    n.tax_rate,
    n.discount_total,
    n.freight_total,
    n.surcharge,
    n.total
from notes as n
left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
    on n.source_relation = b.source_relation and n.branch_id = b.id
left join orders as o
    on n.source_relation = o.source_relation and n.sales_reference = o.order_number
