select
    {{ cin7.key('omni', ['o.source_relation', "'invoice'", 'o.id']) }} as document_key,
    o.source_relation,
    'invoice' as document_type,
    o.id as document_id,
    coalesce(o.supplier_invoice_reference, o.reference) as document_number,
    o.member_id as supplier_id,
    coalesce(o.company, o.last_name) as supplier_name,
    o.invoice_date as issued_at,
    o.invoice_date + {{ cin7.days_of_terms('o.payment_terms') }} * interval '1 day' as due_at,
    o.currency_code as currency,
    o.currency_rate,
    o.total,
    coalesce(p.paid, 0) as paid
from {{ ref('stg_cin7_omni__purchase_orders') }} as o
left join {{ ref('int_omni__payments') }} as p
    on o.source_relation = p.source_relation and p.order_type = 'purchaseorder' and o.id = p.order_id
where {{ cin7.omni_state('o', 'o.is_void') }} = 'approved' and o.invoice_date is not null
