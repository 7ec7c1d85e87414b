-- Money that came in, with minus what went out.
with payments as (
    select
        'omni' as product,
        p.source_relation,
        p.payment_key,
        cast(p.paid_at as date) as day,
        p.paid_at,
        case when p.document_kind in ('purchaseorder', 'suppliercreditnote') then 'supplier' else 'customer' end as partner,
        p.document_kind as document_type,
        cast(p.document_id as {{ cin7.type_of('text') }}) as document_id,
        p.document_number,
        coalesce(o.customer_key, n.customer_key) as customer_key,
        coalesce(u.supplier_id, {{ cin7.nothing() }}) as supplier_id,
        p.method,
        p.reference,
        coalesce(o.currency, n.currency, u.currency) as currency,
        p.amount,
        {{ cin7.amount('p.amount * coalesce(o.base_rate, n.base_rate, u.base_rate)') }} as amount_base
    from {{ ref('cin7', 'int_omni__payments') }} as p
    left join {{ ref('cin7', 'int_omni__orders') }} as o
        on p.document_kind = 'salesorder' and p.source_relation = o.source_relation and p.document_id = o.order_id
    left join {{ ref('cin7', 'int_omni__credit_notes') }} as n
        on p.document_kind = 'creditnote' and p.source_relation = n.source_relation and p.document_id = n.credit_note_id
    left join {{ ref('cin7', 'int_omni__purchases') }} as u
        on p.document_kind = 'purchaseorder' and p.source_relation = u.source_relation and p.document_id = u.purchase_id
    union all
    select
        'core',
        p.source_relation,
        p.payment_key,
        cast(p.paid_at as date),
        p.paid_at,
        case p.side when 'receivable' then 'customer' else 'supplier' end,
        p.payment_type,
        p.document_id,
        coalesce(s.order_number, u.purchase_number),
        s.customer_key,
        u.supplier_id,
        p.account,
        p.reference,
        coalesce(s.currency, u.currency),
        {{ cin7.amount("case p.side when 'receivable' then p.amount else -p.amount end") }},
        {{ cin7.amount(
            "case p.side when 'receivable' then p.amount else -p.amount end"
            ~ " * coalesce(case when coalesce(s.currency, u.currency) = coalesce(s.base_currency, u.base_currency) then 1 end,"
            ~ " nullif(p.currency_rate, 0), s.base_rate, u.base_rate)"
        ) }}
    from {{ ref('cin7', 'int_core__payments') }} as p
    left join {{ ref('cin7', 'int_core__sales') }} as s
        on p.side = 'receivable' and p.source_relation = s.source_relation and p.document_id = s.order_id
    left join {{ ref('cin7', 'int_core__purchases') }} as u
        on p.side = 'payable' and p.source_relation = u.source_relation and p.document_id = u.purchase_id
)

select p.*, a.company, a.base_currency
from payments as p
left join {{ ref('cin7', 'int_cin7__accounts') }} as a
    on p.product = a.product and p.source_relation = a.source_relation
