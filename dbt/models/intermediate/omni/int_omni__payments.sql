-- Money that came in, with minus what went out. Direction says which, whatever the sign of the
-- amount; where it is not said, the kind of document does.
with payments as (
    select
        p.*,
        lower(replace(coalesce(p.order_type, ''), ' ', '')) as document_kind,
        coalesce(p.payment_date, p.created_date) as at_,
        lower(replace(coalesce(p.order_type, ''), ' ', '')) in ('purchaseorder', 'creditnote') as is_paid_out
    from {{ ref('cin7', 'stg_cin7_omni__payments') }} as p
    where coalesce(p.is_authorized, true)
)

select
    {{ cin7.key('omni', ['p.source_relation', 'p.id']) }} as payment_key,
    p.source_relation,
    p.id as payment_id,
    {{ cin7.local_time('omni', 'p', 'at_') }} as paid_at,
    p.document_kind,
    p.order_id as document_id,
    p.order_ref as document_number,
    p.method,
    p.transaction_ref as reference,
    {{ cin7.amount(
        'case when p.direction > 0 then abs(p.amount) when p.direction < 0 then -abs(p.amount)'
        ~ ' when p.is_paid_out then -p.amount else p.amount end'
    ) }} as amount
from payments as p
