{# What DuckDB and PostgreSQL write differently. #}

{# Numbers are exact where the loader keeps them exact. #}
{% macro type_of(type) %}
{{ return(adapter.dispatch('type_of', 'cin7')(type)) }}
{% endmacro %}

{% macro default__type_of(type) %}
{{ return({'text': 'text', 'integer': 'bigint', 'number': 'numeric', 'json': 'jsonb'}.get(type, type)) }}
{% endmacro %}

{% macro duckdb__type_of(type) %}
{{ return({'text': 'varchar', 'integer': 'bigint', 'number': 'double', 'json': 'json'}.get(type, type)) }}
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


{# A field of a JSON object as a type of ``type_of``. #}
{% macro field(expression, name, type='text') %}
{{ return("cast(nullif(" ~ expression ~ " ->> '" ~ name ~ "', '') as " ~ cin7.type_of(type) ~ ")") }}
{% endmacro %}


{# Days of terms such as "20 days"; null for terms that say it in another way. #}
{% macro days_of_terms(expression) %}
{{ return(adapter.dispatch('days_of_terms', 'cin7')(expression)) }}
{% endmacro %}

{% macro default__days_of_terms(expression) %}
{{ return("cast(substring(lower(" ~ expression ~ ") from '^ *([0-9]+) *days?$') as integer)") }}
{% endmacro %}

{% macro duckdb__days_of_terms(expression) %}
{{ return(
    "cast(nullif(regexp_extract(lower(" ~ expression ~ "), '^ *([0-9]+) *days?$', 1), '') as integer)"
) }}
{% endmacro %}


{# Days from one date or instant to another. #}
{% macro days_between(first, second) %}
{{ return('(cast(' ~ second ~ ' as date) - cast(' ~ first ~ ' as date))') }}
{% endmacro %}
