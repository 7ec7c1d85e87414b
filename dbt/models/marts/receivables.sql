with documents as (
    {{ cin7.union_products(
        'receivables',
        [
            'document_key', 'document_type', 'document_id', 'document_number', 'customer_key', 'customer_id', 'customer_name',
            'issued_at', 'due_at', 'currency', 'currency_rate', 'base_currency', 'total', 'paid',
        ],
        {'omni': {'base_currency': cin7.omni_base_currency()}},
    ) }}
)

select
    *,
    total - paid as outstanding,
    case
        when product = 'omni' then {{ cin7.omni_base('total - paid', 'currency_rate') }}
        else (total - paid) * currency_rate
    end as outstanding_base,
    greatest({{ cin7.days_between('due_at', cin7.today()) }}, 0) as days_overdue
from documents
-- Sums of binary fractions are not exactly nothing.
where abs(total - paid) >= 0.005
