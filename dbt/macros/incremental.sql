{# Incremental models: each row says what it was made of. `inputs` is a hash of all rows that a unit (a
   document, a day, a row) is made of; a build removes the rows whose inputs are no more, and makes
   those whose inputs are new. So any number of builds ends where one full build would, whatever was
   edited, voided or removed in between, and no time of change has to be right. #}

{# The configuration of such a model. `current` is a model of this package that has the inputs of all
   units as they are now. #}
{% macro incremental(current) %}
{%- do ref('cin7', current) -%}
{{ config(
    materialized='incremental',
    incremental_strategy=cin7.append(),
    on_schema_change='fail',
    pre_hook="{{ cin7.forget(this, '" ~ current ~ "') }}",
) }}
{% endmacro %}


{# The strategy that adds rows and leaves the others as they are. #}
{% macro append() %}
{{ return(adapter.dispatch('append', 'cin7')()) }}
{% endmacro %}

{% macro default__append() %}
{{ return('append') }}
{% endmacro %}

{# It has no other, and merges on nothing where there is no unique key. #}
{% macro bigquery__append() %}
{{ return('merge') }}
{% endmacro %}


{# Removes the rows whose inputs are no more. #}
{% macro forget(table, current) %}
{%- if is_incremental() -%}
delete from {{ table }} where not exists (
    select 1 from (select inputs as inputs_now from {{ ref('cin7', current) }}) as current_ where inputs_now = inputs
)
{%- else -%}
select 1
{%- endif -%}
{% endmacro %}


{# Whether the inputs of a row are new; all are in a full build. #}
{% macro is_new(inputs) %}
{%- if is_incremental() -%}
not exists (select 1 from {{ this }} as made where made.inputs = {{ inputs }})
{%- else -%}
1 = 1
{%- endif -%}
{% endmacro %}


{# The columns of a mart, in the types of its contract. What a later build computes is compared with the types
   of the table, and PostgreSQL calls a computed numeric(28,6) a numeric. #}
{% macro promised(alias) %}
{%- for column in model.columns.values() %}
    {%- set type = cin7.type_money() if column.data_type == 'numeric(28,6)' else api.Column.translate_type(column.data_type) %}
    cast({{ alias }}.{{ column.name }} as {{ type }}) as {{ column.name }}{{ ',' if not loop.last }}
{%- else %}
    {{ alias }}.*
{%- endfor %}
{% endmacro %}


{# A hash of some values, in their order; nulls count. #}
{% macro hash_of(values) %}
{{ return(adapter.dispatch('hash_of', 'cin7')(values)) }}
{% endmacro %}

{% macro default__hash_of(values) %}
{{ return("hashtextextended(cast(row(" ~ values | join(', ') ~ ") as text), 0)") }}
{% endmacro %}

{# Its hash has no sign and does not fit. #}
{% macro duckdb__hash_of(values) %}
{{ return("cast(hash(" ~ values | join(', ') ~ ") >> 1 as bigint)") }}
{% endmacro %}

{% macro snowflake__hash_of(values) %}
{{ return("hash(" ~ values | join(', ') ~ ")") }}
{% endmacro %}

{% macro bigquery__hash_of(values) %}
{{ return("farm_fingerprint(to_json_string(struct(" ~ values | join(', ') ~ ")))") }}
{% endmacro %}

{% macro databricks__hash_of(values) %}
{{ return("xxhash64(" ~ values | join(', ') ~ ")") }}
{% endmacro %}

{% macro redshift__hash_of(values) %}
{%- set nested = namespace(sql='0') -%}
{%- for value in values -%}{%- set nested.sql = 'fnv_hash(' ~ value ~ ', ' ~ nested.sql ~ ')' -%}{%- endfor -%}
{{ return(nested.sql) }}
{% endmacro %}


{# A hash of a whole row of a model. #}
{% macro row_hash(alias, model) %}
{{ return(adapter.dispatch('row_hash', 'cin7')(alias, model)) }}
{% endmacro %}

{% macro default__row_hash(alias, model) %}
{{ return("hashtextextended(cast(" ~ alias ~ " as text), 0)") }}
{% endmacro %}

{% macro duckdb__row_hash(alias, model) %}
{{ return(cin7.hash_of([alias])) }}
{% endmacro %}

{% macro snowflake__row_hash(alias, model) %}
{{ return("hash(" ~ alias ~ ".*)") }}
{% endmacro %}

{% macro bigquery__row_hash(alias, model) %}
{{ return("farm_fingerprint(to_json_string(" ~ alias ~ "))") }}
{% endmacro %}

{% macro databricks__row_hash(alias, model) %}
{{ return("xxhash64(struct(" ~ alias ~ ".*))") }}
{% endmacro %}

{# Redshift has no text of a whole row: its columns are named. #}
{% macro redshift__row_hash(alias, model) %}
{%- set columns = [] -%}
{%- for column in adapter.get_columns_in_relation(model) -%}
  {%- do columns.append(alias ~ '.' ~ adapter.quote(column.name)) -%}
{%- endfor -%}
{{ return(cin7.hash_of(columns or ['1'])) }}
{% endmacro %}


{# A sum of hashes: of rows in any order. #}
{% macro hash_sum(hash) %}
{{ return("sum(cast(" ~ hash ~ " as numeric(38, 0)))") }}
{% endmacro %}


{# Raise it when the rules of incremental models change: then all rows are made anew. #}
{% macro rules_version() %}
{{ return('1') }}
{% endmacro %}
