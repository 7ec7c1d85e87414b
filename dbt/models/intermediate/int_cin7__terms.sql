-- Terms of payment as documents have them, and what they mean; kind is null where nobody understands them.
with written as (
    select payment_terms as terms from {{ ref('cin7', 'stg_cin7_omni__sales_orders') }}
    union all
    select payment_terms from {{ ref('cin7', 'stg_cin7_omni__purchase_orders') }}
    union all
    select terms from {{ ref('cin7', 'stg_cin7_core__sales') }}
    union all
    select terms from {{ ref('cin7', 'stg_cin7_core__purchases') }}
),

plain as (
    select distinct terms, {{ cin7.plain_terms('terms') }} as plain
    from written
    where trim(terms) <> ''
)

select
    terms,
    case
        {%- for kind, pattern in cin7.terms_patterns().items() %}
        when {{ cin7.matches('plain', pattern) }} then '{{ kind }}'
        {%- endfor %}
    end as kind,
    case when {{ cin7.matches(cin7.digits('plain'), '^[0-9]{1,3}$') }} then cast({{ cin7.digits('plain') }} as integer) end as number
from plain
