-- What suppliers are owed: invoiced purchases, and what was paid ahead of the invoice.
with purchases as (
    select
        o.*,
        coalesce(o.state = 'approved' and cast(o.invoiced_at as date) <= {{ cin7.today() }}, false) as is_invoiced,
        -coalesce(p.amount, 0) as paid,
        p.paid_at,
        {{ cin7.due_on('o.invoiced_at', 't') }} as due_on
    from {{ ref('cin7', 'int_omni__purchases') }} as o
    left join {{ ref('cin7', 'int_omni__paid') }} as p
        on o.source_relation = p.source_relation and p.document_kind = 'purchaseorder' and o.purchase_id = p.document_id
    left join {{ ref('cin7', 'int_cin7__terms') }} as t on o.payment_terms = t.terms
)

select
    {{ cin7.key('omni', ['source_relation', "'invoice'", 'purchase_id']) }} as document_key,
    source_relation,
    'invoice' as document_type,
    purchase_id as document_id,
    coalesce(supplier_invoice_reference, purchase_number) as document_number,
    supplier_id,
    supplier_name,
    invoiced_at as issued_at,
    due_on as due_at,
    payment_terms,
    currency,
    currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('total') }} as total,
    {{ cin7.amount('paid') }} as paid
from purchases
where is_invoiced
union all
select
    {{ cin7.key('omni', ['source_relation', "'deposit'", 'purchase_id']) }},
    source_relation,
    'deposit',
    purchase_id,
    purchase_number,
    supplier_id,
    supplier_name,
    paid_at,
    cast(null as date),
    payment_terms,
    currency,
    currency_rate,
    base_currency,
    base_rate,
    {{ cin7.amount('0') }},
    {{ cin7.amount('paid') }}
from purchases
where not is_invoiced and paid <> 0
