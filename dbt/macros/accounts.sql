{# The accounts that are loaded: what cin7_omni_accounts and cin7_core_accounts declare. #}

{# Returns the accounts of a product. Where none is declared, the schema that the loader fills by
   default is taken if it is there. #}
{% macro accounts(product) %}
{%- set declared = var('cin7_' ~ product ~ '_accounts', none) -%}
{%- if declared is not none -%}
  {#- What is no entry is refused before any model is built; until then it is no account. -#}
  {%- set entries = [] -%}
  {%- for one in (declared if declared is iterable and declared is not string and declared is not mapping else []) if one is mapping and one.get('schema') -%}
    {%- do entries.append(one) -%}
  {%- endfor -%}
  {{ return(entries) }}
{%- endif -%}
{%- set schema = 'cin7_' ~ product -%}
{%- if execute and cin7.schemas_among([schema]) -%}{{ return([{'schema': schema}]) }}{%- endif -%}
{{ return([]) }}
{% endmacro %}


{# Returns those of some schemas that the database has. #}
{% macro schemas_among(schemas) %}
{%- set found = [] -%}
{%- if schemas -%}
  {%- set answer = run_query("select distinct schema_name from " ~ cin7.catalog_columns(schemas)) -%}
  {%- set there = answer.columns[0].values() -%}
  {%- for schema in schemas if schema | lower in there -%}{%- do found.append(schema) -%}{%- endfor -%}
{%- endif -%}
{{ return(found) }}
{% endmacro %}


{% macro source_database() %}
{{ return(var('cin7_database', none) or target.database) }}
{% endmacro %}


{# Stops the run where something is declared that cannot be, with one line that says what to set. #}
{% macro check_accounts() %}
{%- if execute -%}
  {%- for old in ['cin7_omni_schemas', 'cin7_core_schemas', 'cin7_omni_base_currency', 'cin7_omni_rate_divides', 'cin7_omni_cost_column'] if var(old, none) is not none -%}
    {{ cin7.refuse(old ~ " is not a variable any more: declare the account in cin7_" ~ old[5:9] ~ "_accounts, such as [{schema: cin7_" ~ old[5:9] ~ "}]") }}
  {%- endfor -%}
  {%- for product, known in cin7.account_entries().items() -%}
    {%- set name = 'cin7_' ~ product ~ '_accounts' -%}
    {%- set declared = var(name, none) -%}
    {%- set accounts = declared if declared is not none else cin7.accounts(product) -%}
    {%- if accounts is string or accounts is mapping or accounts is not iterable -%}
      {{ cin7.refuse(name ~ " is not a list: write [{schema: cin7_" ~ product ~ "}]") }}
    {%- endif -%}
    {%- for account in accounts -%}
      {%- if account is not mapping or not account.get('schema') -%}
        {{ cin7.refuse(name ~ " has an entry without a schema: write {schema: cin7_" ~ product ~ "}") }}
      {%- endif -%}
      {%- for key in account if key not in known -%}
        {{ cin7.refuse(name ~ ": " ~ account.schema ~ " has the unknown entry " ~ key ~ ": use " ~ known | join(', ')) }}
      {%- endfor -%}
      {%- if (account.get('rate') or 'multiply') not in ['multiply', 'divide'] -%}
        {{ cin7.refuse(name ~ ": rate of " ~ account.schema ~ " is " ~ account.rate ~ ": write multiply or divide") }}
      {%- endif -%}
    {%- endfor -%}
    {%- set schemas = accounts | map(attribute='schema') | list -%}
    {%- if schemas | unique | list | length < schemas | length -%}
      {{ cin7.refuse(name ~ " names a schema twice: each account has a schema of its own") }}
    {%- endif -%}
    {%- set there = cin7.schemas_among(schemas) -%}
    {%- for schema in schemas if schema not in there -%}
      {{ cin7.refuse(
          "database " ~ cin7.source_database() ~ " has no tables in schema " ~ schema ~ ": load them, or set " ~ name
          ~ " to the schemas that are loaded ([] for none)"
      ) }}
    {%- endfor -%}
    {%- for account in accounts if product == 'omni' and not account.get('base_currency') -%}
      {{ cin7.refuse(
          "account " ~ account.schema ~ " has no base currency, which Omni does not say: set "
          ~ "cin7_omni_accounts: [{schema: " ~ account.schema ~ ", base_currency: NZD}]"
      ) }}
    {%- endfor -%}
    {{ cin7.check_time_zones(name, accounts) }}
    {{ cin7.check_types(product, schemas) }}
  {%- endfor -%}
  {%- set today = var('cin7_today', none) -%}
  {%- if today and not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', today | string) -%}
    {{ cin7.refuse("cin7_today is " ~ today ~ ": write a day such as 2026-01-31") }}
  {%- endif -%}
  {%- if var('cin7_omni_accounts', none) is none and var('cin7_core_accounts', none) is none
      and not cin7.accounts('omni') and not cin7.accounts('core') -%}
    {{ cin7.refuse(
        "database " ~ cin7.source_database() ~ " has no schema cin7_omni or cin7_core: load one, or set "
        ~ "cin7_omni_accounts or cin7_core_accounts to the schemas that are loaded"
    ) }}
  {%- endif -%}
{%- endif -%}
{% endmacro %}


{# Returns what an account may say of itself, by product. #}
{% macro account_entries() %}
{{ return({
    'omni': ['schema', 'base_currency', 'time_zone', 'rate', 'cost_column', 'company', 'transactions_lookback_days'],
    'core': ['schema', 'base_currency', 'time_zone', 'company', 'transactions_lookback_days'],
}) }}
{% endmacro %}


{# Stops where nobody knows a time zone: Python's list is that of the databases. #}
{% macro check_time_zones(name, accounts) %}
{%- for account in accounts if account.get('time_zone') -%}
  {%- if account.time_zone not in modules.pytz.all_timezones -%}
    {{ cin7.refuse(
        name ~ ": time_zone of " ~ account.schema ~ " is " ~ account.time_zone ~ ": write a name such as Pacific/Auckland"
    ) }}
  {%- endif -%}
{%- endfor -%}
{% endmacro %}


{# Stops where a loader keeps everything as text: dates that are text sort and add up wrongly. #}
{% macro check_types(product, schemas) %}
{%- if schemas -%}
  {%- set answer = run_query(
      "select schema_name, table_name from " ~ cin7.catalog_columns(schemas) ~ " where lower(column_name) in ('"
      ~ cin7.instants() | join("', '") ~ "') group by schema_name, table_name having count(*) > 1 and count(*) = sum(case when data_type"
      ~ " like '%char%' or data_type in ('text', 'string') then 1 else 0 end) order by schema_name, table_name"
  ) -%}
  {%- for row in answer.rows -%}
    {{ cin7.refuse(
        "the loader kept the dates of " ~ row[0] ~ "." ~ row[1] ~ " as text: load into typed columns, as "
        ~ "target-duckdb and target-postgres do, and drop the tables that are text"
    ) }}
  {%- endfor -%}
{%- endif -%}
{% endmacro %}


{# Returns columns that hold an instant in whichever table has them. #}
{% macro instants() %}
{{ return([
    'createddate', 'modifieddate', 'invoicedate', 'paymentdate', 'creditnotedate', 'parent_modified', 'read_at',
    'snapshot_at', 'lastmodifiedon', 'header_modified', 'saleorderdate', 'orderdate', 'effectivedate',
    'lastupdateddate', 'completiondate', '_sdc_extracted_at', '_sdc_batched_at',
]) }}
{% endmacro %}


{% macro refuse(message) %}
{{ exceptions.raise_compiler_error('cin7: ' ~ message) }}
{% endmacro %}


{# SQL that differs by account: a case over source_relation. Arguments:
    product: omni or core.
    alias: the table that has source_relation.
    by_account: SQL by schema.
    otherwise: SQL for all accounts without an entry. #}
{% macro by_account(alias, by_account, otherwise) %}
{%- if by_account -%}
case {{ alias }}.source_relation
    {%- for schema, sql in by_account.items() %}
    when '{{ schema }}' then {{ sql }}
    {%- endfor %}
    else {{ otherwise }}
end
{%- else -%}
{{ otherwise }}
{%- endif -%}
{% endmacro %}


{# An instant in UTC as local time of its account; without a time zone it stays UTC. #}
{% macro local_time(product, alias, column) %}
{%- set instant = alias ~ '.' ~ column -%}
{%- set zones = {} -%}
{%- for account in cin7.accounts(product) if account.get('time_zone') -%}
  {%- do zones.update({account.schema: cin7.in_time_zone(instant, account.time_zone)}) -%}
{%- endfor -%}
{{ cin7.by_account(alias, zones, instant) }}
{%- endmacro %}
