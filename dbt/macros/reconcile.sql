{# A test of the user's own data: the accounts in which a check of cin7__reconcile fails. #}
{% macro reconciled(check) %}
{{ config(severity='warn', tags=['reconcile']) }}
select *
from {{ ref('cin7', 'cin7__reconcile') }}
where check_name = '{{ check }}' and failures > 0
{% endmacro %}


{# Says in one line each by how much the checks that warned are off, and which documents to look at. #}
{% macro report_checks(results) %}
{%- if execute -%}
  {%- set checks = [] -%}
  {%- for one in results if one.node.resource_type == 'test' and 'reconcile' in one.node.tags and one.status == 'warn' -%}
    {%- do checks.append(one.node.name | replace('cin7_reconcile_', '')) -%}
  {%- endfor -%}
  {%- set models = graph.nodes.values() | selectattr('name', 'equalto', 'cin7__reconcile') | selectattr('resource_type', 'equalto', 'model') | list -%}
  {%- if checks and models -%}
    {%- set answer = run_query(
        "select check_name, source_relation, expected, found, difference, failures, examples from " ~ models[0].relation_name
        ~ " where failures > 0 and check_name in ('" ~ checks | join("', '") ~ "') order by check_name, source_relation"
    ) -%}
    {%- for row in answer.rows -%}
      {%- do log(
          "cin7 reconcile " ~ row[0] ~ " in " ~ row[1] ~ ": " ~ row[3] ~ " where " ~ row[2] ~ " is expected, difference "
          ~ row[4] ~ ", " ~ row[5] ~ " rows: " ~ row[6], info=true
      ) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endif -%}
{% endmacro %}
