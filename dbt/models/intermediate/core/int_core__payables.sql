-- What suppliers are owed: invoices and credit notes that count, and what was paid ahead.
with payments as (
    select
        source_relation, document_id as purchase_id, payment_type,
        sum(case when paid_at is null or cast(paid_at as date) <= {{ cin7.today() }} then amount else 0 end) as until_today,
        sum(case when cast(paid_at as date) > {{ cin7.today() }} then amount else 0 end) as later,
        max(case when paid_at is null or cast(paid_at as date) <= {{ cin7.today() }} then paid_at end) as paid_at
    from {{ ref('cin7', 'int_core__payments') }}
    where side = 'payable'
    group by source_relation, document_id, payment_type
),

counted as (
    select
        i.*,
        -- Payments name the purchase: where it has several invoices, they share what was paid later.
        cast(coalesce(i.paid, 0) as {{ cin7.type_of('rate') }}) / nullif(sum(i.paid) over (partition by i.source_relation, i.purchase_id), 0) as part_of_paid,
        cast(i.total as {{ cin7.type_of('rate') }}) / nullif(sum(i.total) over (partition by i.source_relation, i.purchase_id), 0) as part_of_total
    from {{ ref('cin7', 'stg_cin7_core__purchase_invoices') }} as i
    where {{ cin7.core_counts('i.status') }}
),

invoices as (
    select
        i.*,
        p.supplier_id,
        p.supplier_name,
        p.payment_terms,
        p.currency,
        p.base_currency,
        coalesce(nullif(i.currency_rate, 0), p.currency_rate) as document_rate,
        cast({{ cin7.core_rate(['i.currency_rate', 'p.currency_rate'], 'p.currency', 'p.base_currency') }}
            as {{ cin7.type_of('rate') }}) as base_rate,
        coalesce(
            {{ cin7.amount('i.paid - coalesce(m.later * i.part_of_paid, 0)') }},
            {{ cin7.amount('m.until_today * i.part_of_total') }},
            0
        ) as paid_until_today,
        {{ cin7.due_on('i.invoice_date', 't') }} as due_by_terms
    from counted as i
    left join {{ ref('cin7', 'int_core__purchases') }} as p
        on i.source_relation = p.source_relation and i.purchase_id = p.purchase_id
    left join payments as m
        on i.source_relation = m.source_relation and i.purchase_id = m.purchase_id and m.payment_type = 'payment'
    left join {{ ref('cin7', 'int_cin7__terms') }} as t on p.payment_terms = t.terms
    where coalesce(p.state, 'approved') <> 'void'
        and (i.invoice_date is null or cast(i.invoice_date as date) <= {{ cin7.today() }})
),

used as (
    select source_relation, purchase_id, sum(paid_until_today) as amount
    from invoices
    group by source_relation, purchase_id
),

-- Of what was paid ahead, invoices have used what is paid of them without a payment.
deposits as (
    select
        a.source_relation, a.purchase_id, a.paid_at,
        a.until_today - least(greatest(coalesce(u.amount, 0) - coalesce(m.until_today, 0), 0), a.until_today) as amount
    from payments as a
    left join used as u on a.source_relation = u.source_relation and a.purchase_id = u.purchase_id
    left join payments as m
        on a.source_relation = m.source_relation and a.purchase_id = m.purchase_id and m.payment_type = 'payment'
    where a.payment_type = 'prepayment'
),

refunds as (
    select
        source_relation, document_id as purchase_id, task_id,
        sum(amount) as amount
    from {{ ref('cin7', 'int_core__payments') }}
    where side = 'payable' and payment_type = 'refund'
        and (paid_at is null or cast(paid_at as date) <= {{ cin7.today() }})
    group by source_relation, document_id, task_id
)

select
    {{ cin7.key('core', ['source_relation', "'invoice'", 'purchase_id', 'task_id']) }} as document_key,
    source_relation,
    'invoice' as document_type,
    task_id as document_id,
    coalesce(invoice_number, invocie_number) as document_number,
    supplier_id,
    supplier_name,
    invoice_date as issued_at,
    coalesce(cast(invoice_due_date as date), due_by_terms) as due_at,
    payment_terms,
    currency,
    document_rate as currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('total') }} as total,
    {{ cin7.amount('paid_until_today') }} as paid
from invoices
union all
select
    {{ cin7.key('core', ['n.source_relation', "'credit_note'", 'n.purchase_id', 'n.task_id']) }},
    n.source_relation,
    'credit_note',
    n.task_id,
    n.credit_note_number,
    p.supplier_id,
    p.supplier_name,
    n.credit_note_date,
    cast(null as date),
    {{ cin7.nothing() }},
    p.currency,
    p.currency_rate,
    p.base_currency,
    p.base_rate,
    {{ cin7.amount('-n.total') }},
    {{ cin7.amount('coalesce(r.amount, 0)') }}
from {{ ref('cin7', 'stg_cin7_core__purchase_credit_notes') }} as n
left join {{ ref('cin7', 'int_core__purchases') }} as p
    on n.source_relation = p.source_relation and n.purchase_id = p.purchase_id
left join refunds as r
    on n.source_relation = r.source_relation and n.purchase_id = r.purchase_id and n.task_id = r.task_id
where {{ cin7.core_counts('n.status') }} and coalesce(p.state, 'approved') <> 'void'
    and (n.credit_note_date is null or cast(n.credit_note_date as date) <= {{ cin7.today() }})
union all
select
    {{ cin7.key('core', ['d.source_relation', "'deposit'", 'd.purchase_id']) }},
    d.source_relation,
    'deposit',
    d.purchase_id,
    p.purchase_number,
    p.supplier_id,
    p.supplier_name,
    d.paid_at,
    cast(null as date),
    p.payment_terms,
    p.currency,
    p.currency_rate,
    p.base_currency,
    p.base_rate,
    {{ cin7.amount('0') }},
    {{ cin7.amount('d.amount') }}
from deposits as d
left join {{ ref('cin7', 'int_core__purchases') }} as p
    on d.source_relation = p.source_relation and d.purchase_id = p.purchase_id
where d.amount <> 0
union all
-- Deposits with a supplier that belong to no purchase.
select
    {{ cin7.key('core', ['d.source_relation', "'deposit'", 'd.deposit_id']) }},
    d.source_relation,
    'deposit',
    d.deposit_id,
    d.description,
    d.supplier_id,
    d.supplier_name,
    d.date,
    cast(null as date),
    {{ cin7.nothing() }},
    coalesce(d.currency, a.base_currency),
    d.conv_rate,
    a.base_currency,
    cast({{ cin7.core_rate(['d.conv_rate'], 'd.currency', 'a.base_currency') }} as {{ cin7.type_of('rate') }}),
    {{ cin7.amount('0') }},
    {{ cin7.amount('d.remaining_amount') }}
from {{ ref('cin7', 'stg_cin7_core__supplier_deposits') }} as d
left join {{ ref('cin7', 'int_cin7__accounts') }} as a on d.source_relation = a.source_relation and a.product = 'core'
where d.remaining_amount <> 0 and (d.date is null or cast(d.date as date) <= {{ cin7.today() }})
