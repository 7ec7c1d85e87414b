select
    {{ cin7.key('omni', ['o.source_relation', "'invoice'", 'o.order_id']) }} as document_key,
    o.source_relation,
    'invoice' as document_type,
    o.order_id as document_id,
    o.order_number as document_number,
    o.customer_id,
    o.customer_key,
    o.customer_name,
    o.invoiced_at as issued_at,
    o.invoiced_at + {{ cin7.days_of_terms('o.payment_terms') }} * interval '1 day' as due_at,
    o.currency,
    o.currency_rate,
    o.total,
    coalesce(p.paid, 0) as paid
from {{ ref('int_omni__orders') }} as o
left join {{ ref('int_omni__payments') }} as p
    on o.source_relation = p.source_relation and p.order_type = 'salesorder' and o.order_id = p.order_id
where o.is_sale
union all
select
    {{ cin7.key('omni', ['n.source_relation', "'credit_note'", 'n.id']) }},
    n.source_relation,
    'credit_note',
    n.id,
    n.reference,
    n.member_id,
    {{ cin7.key('omni', ['n.source_relation', 'n.member_id']) }},
    coalesce(n.company, nullif(trim(coalesce(n.first_name, '') || ' ' || coalesce(n.last_name, '')), '')),
    n.credit_note_date,
    cast(null as timestamp),
    n.currency_code,
    n.currency_rate,
    -n.total,
    -coalesce(p.paid, 0)
from {{ ref('stg_cin7_omni__credit_notes') }} as n
left join {{ ref('int_omni__payments') }} as p
    on n.source_relation = p.source_relation and p.order_type = 'creditnote' and n.id = p.order_id
where {{ cin7.omni_state('n') }} = 'approved'
