with refunds as (
    select
        n.source_relation, n.sale_id, n.task_id,
        sum({{ cin7.field('r.value', 'Amount', 'number') }}) as paid
    from {{ ref('stg_cin7_core__sale_credit_notes') }} as n
    cross join lateral {{ cin7.elements('n.refunds', 'r') }}
    group by n.source_relation, n.sale_id, n.task_id
)

select
    {{ cin7.key('core', ['i.source_relation', "'invoice'", 'i.sale_id', 'i.task_id']) }} as document_key,
    i.source_relation,
    'invoice' as document_type,
    i.task_id as document_id,
    i.invoice_number as document_number,
    o.customer_id,
    o.customer_key,
    o.customer_name,
    i.invoice_date as issued_at,
    i.invoice_due_date as due_at,
    o.currency,
    o.base_currency,
    coalesce(i.currency_conversion_rate, o.currency_rate, 1) as currency_rate,
    i.total,
    coalesce(i.paid, 0) as paid
from {{ ref('stg_cin7_core__sale_invoices') }} as i
inner join {{ ref('int_core__orders') }} as o
    on i.source_relation = o.source_relation and i.sale_id = o.order_id
where {{ cin7.core_counts('i.status') }}
union all
select
    {{ cin7.key('core', ['n.source_relation', "'credit_note'", 'n.sale_id', 'n.task_id']) }},
    n.source_relation,
    'credit_note',
    n.task_id,
    n.credit_note_number,
    o.customer_id,
    o.customer_key,
    o.customer_name,
    n.credit_note_date,
    cast(null as timestamp),
    o.currency,
    o.base_currency,
    coalesce(n.credit_note_conversion_rate, o.currency_rate, 1),
    -n.total,
    -coalesce(r.paid, 0)
from {{ ref('stg_cin7_core__sale_credit_notes') }} as n
inner join {{ ref('int_core__orders') }} as o
    on n.source_relation = o.source_relation and n.sale_id = o.order_id
left join refunds as r
    on n.source_relation = r.source_relation and n.sale_id = r.sale_id and n.task_id = r.task_id
where {{ cin7.core_counts('n.status') }}
