{# When a stream was last loaded, in the account where that is longest ago. What no account has loaded
   is not late: it counts as loaded now. #}
{% macro loaded_at(product, stream) %}
{%- set found = cin7.columns_of(cin7.accounts(product) | map(attribute='schema') | list, [stream]) -%}
{%- set selects = [] -%}
{%- for account in cin7.accounts(product) -%}
  {%- set column = found.get((account.schema | lower, stream), {}).get('_sdc_batched_at') -%}
  {%- if column -%}
    {%- do selects.append('select max(' ~ adapter.quote(column) ~ ') as loaded_at from ' ~ cin7.table_of(account.schema, stream)) -%}
  {%- endif -%}
{%- endfor -%}
{%- if selects -%}
select min(loaded_at) from ({{ selects | join(' union all ') }}) as loaded
{%- else -%}
select {{ dbt.current_timestamp() }}
{%- endif -%}
{% endmacro %}
