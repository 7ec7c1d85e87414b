{# What databases write differently. #}

{# The types that staging knows. Amounts are exact decimals; rates keep all digits instead. Only the
   type that is asked for is looked up: this runs for each column. #}
{% macro type_of(type) %}
{%- if type == 'text' -%}{{ return(dbt.type_string()) }}
{%- elif type == 'integer' -%}{{ return(dbt.type_bigint()) }}
{%- elif type == 'number' -%}{{ return(cin7.type_money()) }}
{%- elif type == 'rate' -%}{{ return(cin7.type_double()) }}
{%- elif type == 'boolean' -%}{{ return(dbt.type_boolean()) }}
{%- elif type == 'timestamp' -%}{{ return(dbt.type_timestamp()) }}
{%- elif type == 'json' -%}{{ return(cin7.type_json()) }}
{%- else -%}{{ return('date') }}
{%- endif -%}
{% endmacro %}

{# Six decimals: where a plain numeric has none (Snowflake, Databricks, Redshift) cents would be lost. #}
{% macro type_money() %}
{{ return(adapter.dispatch('type_money', 'cin7')()) }}
{% endmacro %}

{% macro default__type_money() %}
{{ return('numeric(28,6)') }}
{% endmacro %}

{# BigQuery's numeric has 38 digits, 9 of them decimals; it takes no numeric(28,6) in a cast. #}
{% macro bigquery__type_money() %}
{{ return('numeric') }}
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

{% macro databricks__type_double() %}
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

{% macro bigquery__type_json() %}
{{ return('json') }}
{% endmacro %}

{% macro snowflake__type_json() %}
{{ return('variant') }}
{% endmacro %}

{% macro databricks__type_json() %}
{{ return('variant') }}
{% endmacro %}

{% macro redshift__type_json() %}
{{ return('super') }}
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
{{ return('try_cast((' ~ expression ~ ') as ' ~ cin7.type_money() ~ ')') }}
{% endmacro %}


{# A number as exact decimal, null from a bound on. Cin7's numbers have up to 28 digits: what is a
   trillion or more is no amount of a shop, and could not be multiplied. #}
{% macro bounded(expression, bound='1e12') %}
{{ return('case when abs(' ~ expression ~ ') < ' ~ bound ~ ' then cast((' ~ expression ~ ') as ' ~ cin7.type_money() ~ ') end') }}
{% endmacro %}


{# An instant in UTC as local time. #}
{% macro in_time_zone(instant, zone) %}
{{ return(adapter.dispatch('in_time_zone', 'cin7')(instant, zone)) }}
{% endmacro %}

{% macro default__in_time_zone(instant, zone) %}
{{ return("((" ~ instant ~ " at time zone 'UTC') at time zone '" ~ zone ~ "')") }}
{% endmacro %}

{% macro snowflake__in_time_zone(instant, zone) %}
{{ return("convert_timezone('UTC', '" ~ zone ~ "', " ~ instant ~ ")") }}
{% endmacro %}

{% macro redshift__in_time_zone(instant, zone) %}
{{ return("convert_timezone('UTC', '" ~ zone ~ "', " ~ instant ~ ")") }}
{% endmacro %}

{% macro bigquery__in_time_zone(instant, zone) %}
{{ return("timestamp(datetime(" ~ instant ~ ", '" ~ zone ~ "'))") }}
{% endmacro %}

{% macro databricks__in_time_zone(instant, zone) %}
{{ return("from_utc_timestamp(" ~ instant ~ ", '" ~ zone ~ "')") }}
{% endmacro %}


{# The JSON of a column. target-postgres makes arrays of jsonb of lists, other loaders keep text. #}
{% macro json_of(expression) %}
{{ return(adapter.dispatch('json_of', 'cin7')(expression)) }}
{% endmacro %}

{% macro default__json_of(expression) %}
{{ return('to_jsonb(' ~ expression ~ ')') }}
{% endmacro %}

{% macro duckdb__json_of(expression) %}
{{ return('cast(' ~ expression ~ ' as json)') }}
{% endmacro %}

{% macro snowflake__json_of(expression) %}
{{ return('try_parse_json(cast(' ~ expression ~ ' as varchar))') }}
{% endmacro %}

{% macro bigquery__json_of(expression) %}
{{ return("safe.parse_json(format('%t', " ~ expression ~ "))") }}
{% endmacro %}

{% macro databricks__json_of(expression) %}
{{ return('try_parse_json(cast(' ~ expression ~ ' as string))') }}
{% endmacro %}

{% macro redshift__json_of(expression) %}
{{ return('cast(' ~ expression ~ ' as super)') }}
{% endmacro %}


{# A join that gives one row an element of a JSON list; cin7.element is the element. It stands last in
   its from clause. #}
{% macro each(expression, alias) %}
{{ return(adapter.dispatch('each', 'cin7')(expression, alias)) }}
{% endmacro %}

{% macro default__each(expression, alias) %}
{{ return(
    "cross join lateral jsonb_array_elements(case jsonb_typeof(" ~ expression ~ ") when 'array' then " ~ expression
    ~ " else '[]'::jsonb end) as " ~ alias ~ "(value)"
) }}
{% endmacro %}

{% macro duckdb__each(expression, alias) %}
{{ return(
    "cross join lateral (select unnest(cast(case json_type(" ~ expression ~ ") when 'ARRAY' then " ~ expression
    ~ " else '[]' end as json[])) as value) as " ~ alias
) }}
{% endmacro %}

{% macro snowflake__each(expression, alias) %}
{{ return(", lateral flatten(input => " ~ expression ~ ") as " ~ alias) }}
{% endmacro %}

{% macro bigquery__each(expression, alias) %}
{{ return(
    "cross join unnest(array(select as struct one as value from unnest(json_query_array(" ~ expression ~ ")) as one)) as " ~ alias
) }}
{% endmacro %}

{% macro databricks__each(expression, alias) %}
{{ return(", lateral variant_explode(" ~ expression ~ ") as " ~ alias) }}
{% endmacro %}

{% macro redshift__each(expression, alias) %}
{{ return(", " ~ expression ~ " as " ~ alias) }}
{% endmacro %}


{% macro element(alias) %}
{{ return(adapter.dispatch('element', 'cin7')(alias)) }}
{% endmacro %}

{% macro default__element(alias) %}
{{ return(alias ~ '.value') }}
{% endmacro %}

{% macro redshift__element(alias) %}
{{ return(alias) }}
{% endmacro %}


{# A member of a JSON object by its name, or of a list by its place. #}
{% macro member(expression, name) %}
{{ return(adapter.dispatch('member', 'cin7')(expression, name)) }}
{% endmacro %}

{% macro default__member(expression, name) %}
{{ return("(" ~ expression ~ " -> " ~ (name if name is number else "'" ~ name ~ "'") ~ ")") }}
{% endmacro %}

{% macro snowflake__member(expression, name) %}
{{ return("get(" ~ expression ~ ", " ~ (name if name is number else "'" ~ name ~ "'") ~ ")") }}
{% endmacro %}

{% macro bigquery__member(expression, name) %}
{{ return("json_query(" ~ expression ~ ", '$" ~ ("[" ~ name ~ "]" if name is number else "." ~ name) ~ "')") }}
{% endmacro %}

{% macro databricks__member(expression, name) %}
{{ return("try_variant_get(" ~ expression ~ ", '$" ~ ("[" ~ name ~ "]" if name is number else "." ~ name) ~ "', 'variant')") }}
{% endmacro %}

{% macro redshift__member(expression, name) %}
{{ return(expression ~ ("[" ~ name ~ "]" if name is number else '."' ~ name ~ '"')) }}
{% endmacro %}


{# A member of a JSON object as text; empty text is null. #}
{% macro member_text(expression, name) %}
{{ return("nullif(" ~ adapter.dispatch('member_text', 'cin7')(expression, name) ~ ", '')") }}
{% endmacro %}

{% macro default__member_text(expression, name) %}
{{ return(expression ~ " ->> '" ~ name ~ "'") }}
{% endmacro %}

{% macro snowflake__member_text(expression, name) %}
{{ return("cast(get(" ~ expression ~ ", '" ~ name ~ "') as varchar)") }}
{% endmacro %}

{% macro bigquery__member_text(expression, name) %}
{{ return("json_value(" ~ expression ~ ", '$." ~ name ~ "')") }}
{% endmacro %}

{% macro databricks__member_text(expression, name) %}
{{ return("try_variant_get(" ~ expression ~ ", '$." ~ name ~ "', 'string')") }}
{% endmacro %}

{% macro redshift__member_text(expression, name) %}
{{ return("cast(" ~ expression ~ '."' ~ name ~ '" as varchar)') }}
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
cast({{ dbt.datediff('cast(' ~ first ~ ' as date)', 'cast(' ~ second ~ ' as date)', 'day') }} as {{ cin7.type_of('integer') }})
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

{% macro snowflake__matches(expression, pattern) %}
{{ return("(regexp_instr(" ~ expression ~ ", '" ~ pattern ~ "') > 0)") }}
{% endmacro %}

{% macro bigquery__matches(expression, pattern) %}
{{ return("regexp_contains(" ~ expression ~ ", '" ~ pattern ~ "')") }}
{% endmacro %}

{% macro databricks__matches(expression, pattern) %}
{{ return("(" ~ expression ~ " rlike '" ~ pattern ~ "')") }}
{% endmacro %}


{# A text without what matches a regular expression, or with something else in its place. #}
{% macro replaced(expression, pattern, by) %}
{{ return(adapter.dispatch('replaced', 'cin7')(expression, pattern, by)) }}
{% endmacro %}

{% macro default__replaced(expression, pattern, by) %}
{{ return("regexp_replace(" ~ expression ~ ", '" ~ pattern ~ "', '" ~ by ~ "')") }}
{% endmacro %}

{% macro postgres__replaced(expression, pattern, by) %}
{{ return("regexp_replace(" ~ expression ~ ", '" ~ pattern ~ "', '" ~ by ~ "', 'g')") }}
{% endmacro %}

{% macro duckdb__replaced(expression, pattern, by) %}
{{ return(cin7.postgres__replaced(expression, pattern, by)) }}
{% endmacro %}

{# Redshift inherits from PostgreSQL, but replaces all by itself. #}
{% macro redshift__replaced(expression, pattern, by) %}
{{ return(cin7.default__replaced(expression, pattern, by)) }}
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

{% macro snowflake__length(expression) %}
{{ return("array_size(" ~ expression ~ ")") }}
{% endmacro %}

{% macro bigquery__length(expression) %}
{{ return("array_length(json_query_array(" ~ expression ~ "))") }}
{% endmacro %}

{% macro databricks__length(expression) %}
{{ return("array_size(try_variant_get(" ~ expression ~ ", '$', 'array<variant>'))") }}
{% endmacro %}

{% macro redshift__length(expression) %}
{{ return("case when is_array(" ~ expression ~ ") then get_array_length(" ~ expression ~ ") end") }}
{% endmacro %}

{% macro duckdb__length(expression) %}
{{ return("case json_type(" ~ expression ~ ") when 'ARRAY' then json_array_length(" ~ expression ~ ") end") }}
{% endmacro %}


{# Whether two values are equal, where two nulls are. #}
{% macro same(one, other) %}
{{ return('(' ~ one ~ ' = ' ~ other ~ ' or (' ~ one ~ ' is null and ' ~ other ~ ' is null))') }}
{% endmacro %}


{# What the catalog of the database says of the columns in some schemas, as a subquery. #}
{% macro catalog_columns(schemas) %}
{{ return(adapter.dispatch('catalog_columns', 'cin7')(schemas)) }}
{% endmacro %}

{% macro default__catalog_columns(schemas) %}
{{ return(
    "(select lower(table_schema) as schema_name, lower(table_name) as table_name, column_name, lower(data_type) as data_type from "
    ~ cin7.catalog_of(cin7.source_database()) ~ " where lower(table_catalog) = '" ~ cin7.source_database() | lower
    ~ "' and lower(table_schema) in ('" ~ schemas | map('lower') | join("', '") ~ "')) as c"
) }}
{% endmacro %}

{# BigQuery keeps a catalog in each dataset. #}
{% macro bigquery__catalog_columns(schemas) %}
{%- set selects = [] -%}
{%- for schema in schemas -%}
  {%- do selects.append(
      "select lower(table_schema) as schema_name, lower(table_name) as table_name, column_name, lower(data_type) as data_type from `"
      ~ cin7.source_database() ~ "`.`" ~ schema ~ "`.INFORMATION_SCHEMA.COLUMNS"
  ) -%}
{%- endfor -%}
{{ return("(" ~ selects | join(" union all ") ~ ") as c") }}
{% endmacro %}


{% macro catalog_of(database) %}
{{ return(adapter.dispatch('catalog_of', 'cin7')(database)) }}
{% endmacro %}

{% macro default__catalog_of(database) %}
{{ return('information_schema.columns') }}
{% endmacro %}

{% macro snowflake__catalog_of(database) %}
{{ return(database ~ '.information_schema.columns') }}
{% endmacro %}

{% macro databricks__catalog_of(database) %}
{{ return('`' ~ database ~ '`.information_schema.columns') }}
{% endmacro %}

{# Also of schemas that lie outside the cluster. #}
{% macro redshift__catalog_of(database) %}
{{ return('svv_columns') }}
{% endmacro %}


{# Said in the transaction of each table. PostgreSQL has no statistics of a table that was just made, takes
   a join on several columns for one row, and would then compare each row with all others. Compiling long
   queries takes it longer than running them. #}
{% macro expect_many_rows() %}
{{ return(adapter.dispatch('expect_many_rows', 'cin7')()) }}
{% endmacro %}

{% macro default__expect_many_rows() %}
{% endmacro %}

{% macro postgres__expect_many_rows() %}
{{ return('set local enable_nestloop = off; set local jit = off') }}
{% endmacro %}

{# Redshift inherits from PostgreSQL, and has no such settings. #}
{% macro redshift__expect_many_rows() %}
{% endmacro %}
