{# What databases write differently. #}

{# The types that staging knows. Amounts are exact decimals; rates keep all digits instead. #}
{% macro type_of(type) %}
{{ return({
    'text': dbt.type_string(),
    'integer': dbt.type_bigint(),
    'number': dbt.type_numeric(),
    'rate': cin7.type_double(),
    'boolean': dbt.type_boolean(),
    'timestamp': dbt.type_timestamp(),
    'date': 'date',
    'json': cin7.type_json(),
}[type]) }}
{% endmacro %}

{# Sixteen digits, where dbt's float has seven on some databases. #}
{% macro type_double() %}
{{ return(adapter.dispatch('type_double', 'cin7')()) }}
{% endmacro %}

{% macro default__type_double() %}
{{ return(dbt.type_float()) }}
{% endmacro %}

{% macro duckdb__type_double() %}
{{ return('double') }}
{% endmacro %}


{% macro type_json() %}
{{ return(adapter.dispatch('type_json', 'cin7')()) }}
{% endmacro %}

{% macro default__type_json() %}
{{ return('jsonb') }}
{% endmacro %}

{% macro duckdb__type_json() %}
{{ return('json') }}
{% endmacro %}


{# An amount or quantity that was computed, with the decimals of the type; null where it has more digits
   than that. #}
{% macro amount(expression) %}
{{ return(adapter.dispatch('amount', 'cin7')(expression)) }}
{% endmacro %}

{% macro default__amount(expression) %}
{{ return(cin7.bounded(expression, '1e21')) }}
{% endmacro %}

{% macro duckdb__amount(expression) %}
{{ return('try_cast((' ~ expression ~ ') as ' ~ dbt.type_numeric() ~ ')') }}
{% endmacro %}


{# A number as exact decimal, null from a bound on. Cin7's numbers have up to 28 digits: what is a
   trillion or more is no amount of a shop, and could not be multiplied. #}
{% macro bounded(expression, bound='1e12') %}
{{ return('case when abs(' ~ expression ~ ') < ' ~ bound ~ ' then cast((' ~ expression ~ ') as ' ~ dbt.type_numeric() ~ ') end') }}
{% endmacro %}


{# An instant in UTC as local time. #}
{% macro in_time_zone(instant, zone) %}
{{ return(adapter.dispatch('in_time_zone', 'cin7')(instant, zone)) }}
{% endmacro %}

{% macro default__in_time_zone(instant, zone) %}
{{ return("((" ~ instant ~ " at time zone 'UTC') at time zone '" ~ zone ~ "')") }}
{% endmacro %}


{# target-postgres makes arrays of jsonb of lists. #}
{% macro json_of(expression) %}
{{ return(adapter.dispatch('json_of', 'cin7')(expression)) }}
{% endmacro %}

{% macro default__json_of(expression) %}
{{ return('to_jsonb(' ~ expression ~ ')') }}
{% endmacro %}

{% macro duckdb__json_of(expression) %}
{{ return('cast(' ~ expression ~ ' as json)') }}
{% endmacro %}


{# A table function to join laterally: one row an element of a JSON list, its column is ``value``. #}
{% macro elements(expression, alias) %}
{{ return(adapter.dispatch('elements', 'cin7')(expression, alias)) }}
{% endmacro %}

{% macro default__elements(expression, alias) %}
{{ return(
    "jsonb_array_elements(case jsonb_typeof(" ~ expression ~ ") when 'array' then " ~ expression
    ~ " else '[]'::jsonb end) as " ~ alias ~ "(value)"
) }}
{% endmacro %}

{% macro duckdb__elements(expression, alias) %}
{{ return(
    "(select unnest(cast(case json_type(" ~ expression ~ ") when 'ARRAY' then " ~ expression
    ~ " else '[]' end as json[])) as value) as " ~ alias
) }}
{% endmacro %}


{# A member of a JSON object by its name, or of a list by its place. #}
{% macro member(expression, name) %}
{{ return(adapter.dispatch('member', 'cin7')(expression, name)) }}
{% endmacro %}

{% macro default__member(expression, name) %}
{{ return("(" ~ expression ~ " -> " ~ (name if name is number else "'" ~ name ~ "'") ~ ")") }}
{% endmacro %}


{# A member of a JSON object as text; empty text is null. #}
{% macro member_text(expression, name) %}
{{ return(adapter.dispatch('member_text', 'cin7')(expression, name)) }}
{% endmacro %}

{% macro default__member_text(expression, name) %}
{{ return("nullif(" ~ expression ~ " ->> '" ~ name ~ "', '')") }}
{% endmacro %}


{# A member of a JSON object as a type of ``type_of``. #}
{% macro field(expression, name, type='text') %}
{%- set text = cin7.member_text(expression, name) -%}
{%- if type == 'number' -%}{{ return(cin7.bounded('cast(' ~ text ~ ' as ' ~ cin7.type_double() ~ ')')) }}{%- endif -%}
{{ return("cast(" ~ text ~ " as " ~ cin7.type_of(type) ~ ")") }}
{% endmacro %}


{# A date as many days after another. #}
{% macro days_after(day, days) %}
cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}


{# Whole days from one date to another. #}
{% macro days_between(first, second) %}
{{ dbt.datediff('cast(' ~ first ~ ' as date)', 'cast(' ~ second ~ ' as date)', 'day') }}
{%- endmacro %}


{# Whether a text matches a regular expression. #}
{% macro matches(expression, pattern) %}
{{ return(adapter.dispatch('matches', 'cin7')(expression, pattern)) }}
{% endmacro %}

{% macro default__matches(expression, pattern) %}
{{ return("(" ~ expression ~ " ~ '" ~ pattern ~ "')") }}
{% endmacro %}

{% macro duckdb__matches(expression, pattern) %}
{{ return("regexp_matches(" ~ expression ~ ", '" ~ pattern ~ "')") }}
{% endmacro %}


{# A text without what matches a regular expression, or with something else in its place. #}
{% macro replaced(expression, pattern, by) %}
{{ return(adapter.dispatch('replaced', 'cin7')(expression, pattern, by)) }}
{% endmacro %}

{% macro default__replaced(expression, pattern, by) %}
{{ return("regexp_replace(" ~ expression ~ ", '" ~ pattern ~ "', '" ~ by ~ "', 'g')") }}
{% endmacro %}


{% macro digits(expression) %}
{{ return(cin7.replaced(expression, '[^0-9]+', '')) }}
{% endmacro %}


{# An instant as many seconds after another. #}
{% macro seconds_after(instant, seconds) %}
{{ dbt.dateadd('second', seconds, instant) }}
{%- endmacro %}


{# How many elements a JSON list has. #}
{% macro length(expression) %}
{{ return(adapter.dispatch('length', 'cin7')(expression)) }}
{% endmacro %}

{% macro default__length(expression) %}
{{ return("case jsonb_typeof(" ~ expression ~ ") when 'array' then jsonb_array_length(" ~ expression ~ ") end") }}
{% endmacro %}

{% macro duckdb__length(expression) %}
{{ return("case json_type(" ~ expression ~ ") when 'ARRAY' then json_array_length(" ~ expression ~ ") end") }}
{% endmacro %}
