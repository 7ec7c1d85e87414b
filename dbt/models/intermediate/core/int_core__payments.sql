-- Money that customers paid, with minus what they got back, and what suppliers were paid, with minus
-- what they gave back. Documents repeat payments: each counts once.
{%- set text = cin7.type_of('text') %}
with paid as (
    select
        p.source_relation, 'receivable' as side, p.id, p.sale_id as document_id, p.task_id, p.invoice_number,
        upper(coalesce(p.type, 'PAYMENT')) as type, p.amount, p.currency_rate, p.date_paid, p.account, p.reference
    from {{ ref('cin7', 'stg_cin7_core__sale_payments') }} as p
    union all
    select
        p.source_relation, 'payable', p.id, coalesce(p.purchase_id, p.task_id), {{ cin7.nothing() }}, {{ cin7.nothing() }},
        upper(coalesce(p.type, 'PAYMENT')), p.amount, p.currency_rate, p.date_paid, p.account, p.reference
    from {{ ref('cin7', 'stg_cin7_core__purchase_payments') }} as p
    {%- for side, model, id, task, list, type in [
        ('receivable', 'sales', 'id', none, cin7.member('d.quote', 'Prepayments'), 'PREPAYMENT'),
        ('receivable', 'sale_credit_notes', 'sale_id', 'd.task_id', 'd.refunds', 'REFUND'),
        ('payable', 'purchases', 'id', none, cin7.member('d.order_', 'Prepayments'), 'PREPAYMENT'),
        ('payable', 'purchase_credit_notes', 'purchase_id', 'd.task_id', 'd.refunds', 'REFUND'),
    ] %}
    union all
    select
        d.source_relation, '{{ side }}', {{ cin7.field(cin7.element('e'), 'ID') }}, d.{{ id }}, {{ task or cin7.nothing() }}, {{ cin7.nothing() }},
        '{{ type }}', {{ cin7.field(cin7.element('e'), 'Amount', 'number') }}, {{ cin7.field(cin7.element('e'), 'CurrencyRate', 'rate') }},
        {{ cin7.field(cin7.element('e'), 'DatePaid', 'timestamp') }}, {{ cin7.field(cin7.element('e'), 'Account') }}, {{ cin7.field(cin7.element('e'), 'Reference') }}
    from {{ ref('cin7', 'stg_cin7_core__' ~ model) }} as d
    {{ cin7.each(list, 'e') }}
    {%- endfor %}
),

named as (
    select
        p.*,
        coalesce(p.id, p.type || ':' || p.document_id || ':' || coalesce(p.task_id, '') || ':' || cast(p.amount as {{ text }})) as payment_id,
        -- What is paid ahead is listed again with the invoice that uses it up.
        case when p.type = 'PREPAYMENT' then 1 else 0 end as is_ahead
    from paid as p
),

ranked as (
    select
        n.*,
        max(n.is_ahead) over (partition by n.source_relation, n.side, n.document_id, n.payment_id) as was_ahead,
        row_number() over (
            partition by n.source_relation, n.side, n.document_id, n.payment_id
            order by n.is_ahead, case when n.task_id is null then 1 else 0 end, n.task_id
        ) as place
    from named as n
)

select
    {{ cin7.key('core', ['r.source_relation', 'r.side', 'r.document_id', 'r.payment_id']) }} as payment_key,
    r.source_relation,
    r.side,
    r.payment_id,
    r.document_id,
    coalesce(r.task_id, i.task_id) as task_id,
    lower(r.type) as payment_type,
    r.date_paid as paid_at,
    r.account,
    r.reference,
    r.currency_rate,
    {{ cin7.amount("case when r.type = 'REFUND' then -abs(r.amount) else r.amount end") }} as amount
from ranked as r
left join {{ ref('cin7', 'int_core__invoices') }} as i
    on r.side = 'receivable' and r.task_id is null
    and r.source_relation = i.source_relation and r.document_id = i.sale_id and r.invoice_number = i.invoice_number
where r.place = 1
