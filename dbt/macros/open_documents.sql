{# Documents of which something is left to pay, on the day that reports are made for. #}
{% macro open_documents(name, partner) %}
with documents as (
    {{ cin7.union_products(
        name,
        ['document_key', 'document_type', 'document_id', 'document_number'] + partner + [
            'issued_at', 'due_at', 'payment_terms', 'currency', 'currency_rate', 'base_rate', 'total', 'paid',
        ],
        says_currency=true,
    ) }}
)

select
    product,
    source_relation,
    company,
    document_key,
    document_type,
    document_id,
    document_number,
    {%- for column in partner %}
    {{ column }},
    {%- endfor %}
    issued_at,
    cast(due_at as {{ cin7.type_of('timestamp') }}) as due_at,
    payment_terms,
    currency,
    currency_rate,
    base_currency,
    total,
    paid,
    {{ cin7.amount('total - paid') }} as outstanding,
    {{ cin7.amount('(total - paid) * base_rate') }} as outstanding_base,
    {{ cin7.days_overdue('due_at') }} as days_overdue,
    {{ cin7.ageing('document_type', 'due_at') }} as ageing
from documents
where abs(total - paid) >= 0.005
{% endmacro %}
