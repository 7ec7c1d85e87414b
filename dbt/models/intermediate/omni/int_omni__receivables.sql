-- What customers owe: invoices and credit notes, and what was paid ahead of an invoice.
with orders as (
    select
        o.*,
        coalesce(o.is_sale and cast(o.invoiced_at as date) <= {{ cin7.today() }}, false) as is_invoiced,
        coalesce(p.amount, 0) as paid,
        p.paid_at,
        {{ cin7.due_on('o.invoiced_at', 't') }} as due_on
    from {{ ref('cin7', 'int_omni__orders') }} as o
    left join {{ ref('cin7', 'int_omni__paid') }} as p
        on o.source_relation = p.source_relation and p.document_kind = 'salesorder' and o.order_id = p.document_id
    left join {{ ref('cin7', 'int_cin7__terms') }} as t on o.payment_terms = t.terms
),

notes as (
    select n.*, coalesce(p.amount, 0) as paid
    from {{ ref('cin7', 'int_omni__credit_notes') }} as n
    left join {{ ref('cin7', 'int_omni__paid') }} as p
        on n.source_relation = p.source_relation and p.document_kind = 'creditnote' and n.credit_note_id = p.document_id
    where n.state = 'approved' and (n.returned_at is null or cast(n.returned_at as date) <= {{ cin7.today() }})
)

select
    {{ cin7.key('omni', ['source_relation', "'invoice'", 'order_id']) }} as document_key,
    source_relation,
    'invoice' as document_type,
    order_id as document_id,
    order_number as document_number,
    customer_id,
    customer_key,
    customer_name,
    invoiced_at as issued_at,
    due_on as due_at,
    payment_terms,
    currency,
    currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('total') }} as total,
    {{ cin7.amount('paid') }} as paid
from orders
where is_invoiced
union all
select
    {{ cin7.key('omni', ['source_relation', "'deposit'", 'order_id']) }},
    source_relation,
    'deposit',
    order_id,
    order_number,
    customer_id,
    customer_key,
    customer_name,
    paid_at,
    cast(null as date),
    payment_terms,
    currency,
    currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('0') }},
    {{ cin7.amount('paid') }}
from orders
where not is_invoiced and paid <> 0
union all
select
    {{ cin7.key('omni', ['source_relation', "'credit_note'", 'credit_note_id']) }},
    source_relation,
    'credit_note',
    credit_note_id,
    credit_note_number,
    customer_id,
    customer_key,
    customer_name,
    returned_at,
    cast(null as date),
    cast(null as {{ cin7.type_of('text') }}),
    currency,
    currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('-total') }},
    {{ cin7.amount('paid') }}
from notes
