-- What customers owe: invoices and credit notes that count, and what was paid ahead.
with payments as (
    select
        source_relation, document_id as sale_id, task_id, payment_type,
        sum(case when paid_at is null or cast(paid_at as date) <= {{ cin7.today() }} then amount else 0 end) as until_today,
        sum(case when cast(paid_at as date) > {{ cin7.today() }} then amount else 0 end) as later,
        max(case when paid_at is null or cast(paid_at as date) <= {{ cin7.today() }} then paid_at end) as paid_at
    from {{ ref('cin7', 'int_core__payments') }}
    where side = 'receivable'
    group by source_relation, document_id, task_id, payment_type
),

invoices as (
    select
        i.*,
        -- The invoice says what is paid of it; payments say when.
        coalesce(i.paid - coalesce(p.later, 0), p.until_today, 0) as paid_until_today,
        coalesce(p.until_today, 0) as paid_by_payments,
        {{ cin7.due_on('i.invoiced_at', 't') }} as due_by_terms
    from {{ ref('cin7', 'int_core__invoices') }} as i
    left join payments as p
        on i.source_relation = p.source_relation and i.sale_id = p.sale_id
        and i.task_id = p.task_id and p.payment_type = 'payment'
    left join {{ ref('cin7', 'int_cin7__terms') }} as t on i.payment_terms = t.terms
    where i.invoiced_at is null or cast(i.invoiced_at as date) <= {{ cin7.today() }}
),

-- Of what was paid ahead, an invoice has used what is paid of it without a payment of its own.
used as (
    select source_relation, sale_id, sum(paid_until_today - paid_by_payments) as amount
    from invoices
    group by source_relation, sale_id
),

ahead as (
    select source_relation, sale_id, sum(until_today) as amount, max(paid_at) as paid_at
    from payments
    where payment_type = 'prepayment'
    group by source_relation, sale_id
),

deposits as (
    select
        a.source_relation, a.sale_id, a.paid_at,
        a.amount - least(greatest(coalesce(u.amount, 0), 0), a.amount) as amount
    from ahead as a
    left join used as u on a.source_relation = u.source_relation and a.sale_id = u.sale_id
),

notes as (
    select n.*, coalesce(p.until_today, 0) as refunded
    from {{ ref('cin7', 'int_core__credit_notes') }} as n
    left join payments as p
        on n.source_relation = p.source_relation and n.sale_id = p.sale_id
        and n.task_id = p.task_id and p.payment_type = 'refund'
    where n.returned_at is null or cast(n.returned_at as date) <= {{ cin7.today() }}
)

select
    {{ cin7.key('core', ['source_relation', "'invoice'", 'sale_id', 'task_id']) }} as document_key,
    source_relation,
    'invoice' as document_type,
    task_id as document_id,
    invoice_number as document_number,
    customer_id,
    customer_key,
    customer_name,
    invoiced_at as issued_at,
    coalesce(cast(due_at as date), due_by_terms) as due_at,
    payment_terms,
    currency,
    currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('total') }} as total,
    {{ cin7.amount('paid_until_today') }} as paid
from invoices
union all
select
    {{ cin7.key('core', ['source_relation', "'credit_note'", 'sale_id', 'task_id']) }},
    source_relation,
    'credit_note',
    task_id,
    credit_note_number,
    customer_id,
    customer_key,
    customer_name,
    returned_at,
    cast(null as date),
    {{ cin7.nothing() }},
    currency,
    currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('-total') }},
    {{ cin7.amount('refunded') }}
from notes
union all
select
    {{ cin7.key('core', ['d.source_relation', "'deposit'", 'd.sale_id']) }},
    d.source_relation,
    'deposit',
    d.sale_id,
    s.order_number,
    s.customer_id,
    coalesce(s.customer_key, {{ cin7.key('core', ['d.source_relation', "'0'"]) }}),
    s.customer_name,
    d.paid_at,
    cast(null as date),
    s.payment_terms,
    s.currency,
    s.currency_rate,
    s.base_currency,
    s.base_rate,
    {{ cin7.amount('0') }},
    {{ cin7.amount('d.amount') }}
from deposits as d
left join {{ ref('cin7', 'int_core__sales') }} as s
    on d.source_relation = s.source_relation and d.sale_id = s.order_id
where d.amount <> 0
union all
-- Credits of a customer that belong to no sale.
select
    {{ cin7.key('core', ['c.source_relation', "'deposit'", 'c.credit_id']) }},
    c.source_relation,
    'deposit',
    c.credit_id,
    c.description,
    c.customer_id,
    {{ cin7.customer_key('core', 'c', 'customer_id') }},
    c.customer_name,
    c.date,
    cast(null as date),
    {{ cin7.nothing() }},
    coalesce(c.currency, a.base_currency),
    c.conv_rate,
    a.base_currency,
    cast({{ cin7.core_rate(['c.conv_rate'], 'c.currency', 'a.base_currency') }} as {{ cin7.type_of('rate') }}),
    {{ cin7.amount('0') }},
    {{ cin7.amount('c.remaining_amount') }}
from {{ ref('cin7', 'stg_cin7_core__customer_credits') }} as c
left join {{ ref('cin7', 'int_cin7__accounts') }} as a on c.source_relation = a.source_relation and a.product = 'core'
where c.remaining_amount <> 0 and (c.date is null or cast(c.date as date) <= {{ cin7.today() }})
