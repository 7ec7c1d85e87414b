with refunds as (
    select
        n.source_relation, n.purchase_id, n.task_id,
        sum({{ cin7.field('r.value', 'Amount', 'number') }}) as paid
    from {{ ref('stg_cin7_core__purchase_credit_notes') }} as n
    cross join lateral {{ cin7.elements('n.refunds', 'r') }}
    group by n.source_relation, n.purchase_id, n.task_id
)

select
    {{ cin7.key('core', ['i.source_relation', "'invoice'", 'i.purchase_id', 'i.task_id']) }} as document_key,
    i.source_relation,
    'invoice' as document_type,
    i.task_id as document_id,
    coalesce(i.invoice_number, i.invocie_number) as document_number,
    p.supplier_id,
    p.supplier as supplier_name,
    i.invoice_date as issued_at,
    i.invoice_due_date as due_at,
    p.supplier_currency as currency,
    p.base_currency,
    coalesce(i.currency_rate, p.currency_rate, 1) as currency_rate,
    i.total,
    coalesce(i.paid, 0) as paid
from {{ ref('stg_cin7_core__purchase_invoices') }} as i
inner join {{ ref('stg_cin7_core__purchases') }} as p
    on i.source_relation = p.source_relation and i.purchase_id = p.id
where {{ cin7.core_counts('i.status') }}
union all
select
    {{ cin7.key('core', ['n.source_relation', "'credit_note'", 'n.purchase_id', 'n.task_id']) }},
    n.source_relation,
    'credit_note',
    n.task_id,
    n.credit_note_number,
    p.supplier_id,
    p.supplier,
    n.credit_note_date,
    cast(null as timestamp),
    p.supplier_currency,
    p.base_currency,
    coalesce(p.currency_rate, 1),
    -n.total,
    -coalesce(r.paid, 0)
from {{ ref('stg_cin7_core__purchase_credit_notes') }} as n
inner join {{ ref('stg_cin7_core__purchases') }} as p
    on n.source_relation = p.source_relation and n.purchase_id = p.id
left join refunds as r
    on n.source_relation = r.source_relation and n.purchase_id = r.purchase_id and n.task_id = r.task_id
where {{ cin7.core_counts('n.status') }}
