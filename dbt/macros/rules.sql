{# Rules that several models share. #}

{# A key that is unique over products and accounts; null where its last part is. #}
{% macro key(product, parts) %}
'{{ product }}' {%- for part in parts %} || ':' || cast({{ part }} as {{ cin7.type_of('text') }}){%- endfor -%}
{% endmacro %}


{# The key of a customer. What was sold to nobody by name belongs to the one guest of an account. #}
{% macro customer_key(product, alias, column) %}
{%- set guest = "coalesce(nullif(cast(" ~ alias ~ "." ~ column ~ " as " ~ cin7.type_of('text') ~ "), ''), '0')" -%}
{{ cin7.key(product, [alias ~ '.source_relation', guest]) }}
{%- endmacro %}


{# The state of a Core document: draft, approved or void. #}
{% macro core_state(status='status') %}
case
    when upper({{ status }}) in ('VOID', 'VOIDED') then 'void'
    when upper({{ status }}) in ('DRAFT', 'ESTIMATING', 'ESTIMATED', 'ORDERING', 'NOT AVAILABLE') then 'draft'
    else 'approved'
end
{%- endmacro %}


{# Whether an invoice or credit note of Core counts: drafts do not yet, voided ones not any more. #}
{% macro core_counts(status='status') %}
(upper({{ status }}) in ('AUTHORISED', 'PAID'))
{%- endmacro %}


{# Base currency for one unit of the currency of a Core document, from the first rate there is;
   null where a foreign document has none. #}
{% macro core_rate(rates, currency, base_currency) %}
case
    when upper({{ currency }}) = upper({{ base_currency }}) then 1
    else coalesce(
        {%- for rate in rates %}
        nullif({{ rate }}, 0),
        {%- endfor %}
        case when {{ currency }} is null or {{ base_currency }} is null then 1 end
    )
end
{%- endmacro %}


{# Whether a product of Core can be on a shelf. #}
{% macro core_is_stocked(product) %}
(lower(coalesce({{ product }}.type, 'stock')) not in ('service', 'non inventory', 'non-inventory', 'noninventory'))
{%- endmacro %}


{# A line of Core without its tax. Where prices hold it, so does the line's total. #}
{% macro core_net(line, is_tax_included) %}
{{ cin7.amount(
    'coalesce(' ~ line ~ '.total, ' ~ line ~ '.quantity * ' ~ line ~ '.price * (1 - coalesce(' ~ line ~ '.discount, 0) / 100))'
    ~ ' - case when ' ~ is_tax_included ~ ' then coalesce(' ~ line ~ '.tax, 0) else 0 end'
) }}
{%- endmacro %}


{# Whether a line names a product; without one it is an amount, which counts in money and not in units. #}
{% macro core_has_product(line) %}
({{ line }}.product_id is not null and {{ line }}.product_id <> '00000000-0000-0000-0000-000000000000')
{%- endmacro %}


{% macro today() %}
{%- set day = var('cin7_today') -%}
{{ return("cast('" ~ day ~ "' as date)" if day else 'current_date') }}
{% endmacro %}


{# How long a document is overdue; null where nobody knows when it is due. #}
{% macro days_overdue(due) %}
case when {{ due }} is not null then greatest({{ cin7.days_between(due, cin7.today()) }}, 0) end
{%- endmacro %}


{# The bucket of an ageing report. Only invoices are due; what a customer has paid ahead is not. #}
{% macro ageing(document_type, due) %}
case
    when {{ document_type }} <> 'invoice' then 'not_due'
    when {{ due }} is null then 'no_terms'
    when {{ cin7.days_between(due, cin7.today()) }} <= 0 then 'not_due'
    when {{ cin7.days_between(due, cin7.today()) }} <= 30 then '1_30'
    when {{ cin7.days_between(due, cin7.today()) }} <= 60 then '31_60'
    when {{ cin7.days_between(due, cin7.today()) }} <= 90 then '61_90'
    else 'over_90'
end
{%- endmacro %}


{# Sales less cost. What is not known counts as 0, so that the sums of a table agree; has_cost says so. #}
{% macro margin(net, cost) %}
{{ cin7.amount('coalesce(' ~ net ~ ', 0) - coalesce(' ~ cost ~ ', 0)') }}
{%- endmacro %}


{% macro reading_seconds() %}
{{ return(var('cin7_reading_seconds') | int) }}
{% endmacro %}
