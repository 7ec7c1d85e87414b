{# Rules that several models share. #}

{# A key that is unique over products and accounts; null where its last part is. #}
{% macro key(product, parts) %}
'{{ product }}' {%- for part in parts %} || ':' || cast({{ part }} as {{ cin7.type_of('text') }}){%- endfor -%}
{% endmacro %}


{# The price column of Omni that holds the cost, as SQL. #}
{% macro omni_cost_column() %}
{%- set base = var('cin7_omni_base_currency') -%}
{%- set column = var('cin7_omni_cost_column') or ('cost' ~ base if base else none) -%}
{{ "'" ~ column ~ "'" if column else 'cast(null as ' ~ cin7.type_of('text') ~ ')' }}
{%- endmacro %}


{# An amount of Omni in base currency. #}
{% macro omni_base(amount, rate) %}
{%- if var('cin7_omni_rate_divides') -%}
(({{ amount }}) / coalesce(nullif({{ rate }}, 0), 1))
{%- else -%}
(({{ amount }}) * coalesce(nullif({{ rate }}, 0), 1))
{%- endif -%}
{% endmacro %}


{% macro omni_base_currency() %}
{%- set currency = var('cin7_omni_base_currency') -%}
{{ return("cast('" ~ currency ~ "' as " ~ cin7.type_of('text') ~ ')' if currency else cin7.nothing()) }}
{% endmacro %}


{# The state of an Omni document: draft, approved or void. #}
{% macro omni_state(table, is_void='false') %}
case
    when coalesce({{ is_void }}, false) or upper({{ table }}.status) in ('VOID', 'VOIDED') then 'void'
    when upper({{ table }}.status) = 'APPROVED' then 'approved'
    when upper({{ table }}.status) = 'DRAFT' then 'draft'
    when {{ table }}.is_approved then 'approved'
    else 'draft'
end
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
upper({{ status }}) in ('AUTHORISED', 'PAID')
{%- endmacro %}


{# What a price is divided by to take the tax out of it; rates of Omni are in percent. #}
{% macro omni_tax_divisor(status='tax_status', rate='tax_rate') %}
(case when lower({{ status }}) like 'incl%' then 1 + coalesce({{ rate }}, 0) / 100.0 else 1 end)
{%- endmacro %}


{# What is left of a line after the discount on the whole document. #}
{% macro omni_kept(discount='discount_total', total='product_total') %}
(case when coalesce({{ total }}, 0) = 0 then 1 else 1 - coalesce({{ discount }}, 0) / {{ total }} end)
{%- endmacro %}


{% macro today() %}
{%- set day = var('cin7_today') -%}
{{ return("cast('" ~ day ~ "' as date)" if day else 'current_date') }}
{% endmacro %}
