{# One staging model: the rows of a stream over all accounts, in snake_case, typed, and only what
   is right. Loaders fold the case of names or keep it, accounts leave streams out, older versions
   of the tap lack columns: what a table really has is looked up, and what it lacks is null. #}

{#- Arguments:
    product: omni or core.
    stream: name of the stream, which is the name of the table.
    columns: type by name, as the tap names it: text, integer, number, rate, boolean, timestamp, json.
    parent: whose lines these are: stream, keys (column of the line: column of the parent) and
      stamp. Only lines whose parent_modified is the stamp of their parent are there still.
    is_read_whole: whether what a run does not bring is gone. -#}
{% macro stage(product, stream, columns, parent=none, is_read_whole=false) %}
{%- do source('cin7_' ~ product, stream) -%}
{%- if parent -%}{%- do source('cin7_' ~ product, parent.stream) -%}{%- endif -%}
{#- While dbt parses, only the sources count; the columns cost seconds. -#}
{%- if execute -%}
{%- set selects = [] -%}
{%- set found = cin7.columns_of(cin7.accounts(product) | map(attribute='schema') | list, [stream] + ([parent.stream] if parent else [])) -%}
{%- for account in cin7.accounts(product) if (account.schema | lower, stream) in found -%}
  {%- set own = found[(account.schema | lower, stream)] -%}
  {%- set of_parent = found.get((account.schema | lower, parent.stream), {}) if parent else {} -%}
  {%- do selects.append(cin7.staged_select(account.schema, stream, own, of_parent, columns, parent, is_read_whole)) -%}
{%- endfor -%}
{%- if selects -%}
{{ selects | join('\nunion all\n') }}
{%- else -%}
-- No account has the stream {{ stream }}.
select
    cast(null as {{ cin7.type_of('text') }}) as source_relation
    {%- for name, type in columns.items() %},
    cast(null as {{ cin7.type_of(type) }}) as {{ cin7.snake(name) }}
    {%- endfor %}
where 1 = 0
{%- endif -%}
{%- endif -%}
{% endmacro %}


{#- Of one account; found and of_parent are the columns of the stream and of its parent. -#}
{% macro staged_select(schema, stream, found, of_parent, columns, parent, is_read_whole) %}
{%- set table = cin7.table_of(schema, stream) %}
select
    cast('{{ schema }}' as {{ cin7.type_of('text') }}) as source_relation
    {%- for name, type in columns.items() %},
    {{ cin7.cell('child', found, name, type) }} as {{ cin7.snake(name) }}
    {%- endfor %}
from {{ table }} as child
{%- if parent and 'parent_modified' in found %}
{{ cin7.parent_joins(schema, table, found, of_parent, parent) }}
{%- endif %}
{%- set conditions = [] -%}
{%- if '_sdc_deleted_at' in found -%}
  {%- do conditions.append('child.' ~ adapter.quote(found['_sdc_deleted_at']) ~ ' is null') -%}
{%- endif -%}
{%- if parent and 'parent_modified' in found -%}
  {%- do conditions.append(cin7.is_current_line(found, of_parent, parent)) -%}
{%- endif -%}
{%- set seconds = var('cin7_reading_seconds') | int -%}
{#- What a whole reading did not bring is gone, although it is marked only when the next one does not
    bring it either. The version that most rows have is that of the last whole reading; events leave
    a few rows with a later one, and so does a reading that failed early. -#}
{%- if is_read_whole and '_sdc_table_version' in found -%}
  {%- set version = adapter.quote(found['_sdc_table_version']) -%}
  {%- do conditions.append(
      'coalesce(child.' ~ version ~ ', 0) >= coalesce((select ' ~ version ~ ' from ' ~ table
      ~ ' where ' ~ version ~ ' is not null group by ' ~ version ~ ' order by count(*) desc, '
      ~ version ~ ' desc limit 1), 0)'
  ) -%}
{%- endif -%}
{#- Loaders without versions leave it in: only what was read with the newest rows counts. -#}
{%- if is_read_whole and seconds and '_sdc_extracted_at' in found and '_sdc_table_version' not in found -%}
  {%- set read = adapter.quote(found['_sdc_extracted_at']) -%}
  {%- do conditions.append(
      'child.' ~ read ~ ' >= (select ' ~ cin7.seconds_after('max(' ~ read ~ ')', -seconds) ~ ' from ' ~ table ~ ')'
  ) -%}
{%- endif %}
{%- for condition in conditions %}
{{ 'where' if loop.first else '    and' }} {{ condition }}
{%- endfor %}
{% endmacro %}


{# Joins that tell which lines are there still: those of their parent's last change; and of a parent
   that is not loaded those that came last, which is the best guess. #}
{% macro parent_joins(schema, table, found, of_parent, parent) %}
{%- set modified = adapter.quote(found['parent_modified']) -%}
{%- set own_keys = parent['keys'].keys() | list -%}
left join (
    select
        {%- for own in own_keys %}
        {{ adapter.quote(found[own | lower]) }} as key_{{ loop.index }},
        {%- endfor %}
        max({{ modified }}) as newest
    from {{ table }}
    group by
        {%- for own in own_keys %}
        {{ adapter.quote(found[own | lower]) }}{{ ',' if not loop.last }}
        {%- endfor %}
) as lines
    on {% for own in own_keys %}child.{{ adapter.quote(found[own | lower]) }} = lines.key_{{ loop.index }}{{ ' and ' if not loop.last }}{% endfor %}
{%- if parent.stamp | lower in of_parent %}
left join (
    select
        {%- for theirs in parent['keys'].values() %}
        {{ adapter.quote(of_parent[theirs | lower]) }} as key_{{ loop.index }},
        {%- endfor %}
        max({{ adapter.quote(of_parent[parent.stamp | lower]) }}) as stamp,
        {{ 'min(case when ' ~ adapter.quote(of_parent['_sdc_deleted_at']) ~ ' is null then 0 else 1 end)' if '_sdc_deleted_at' in of_parent else '0' }} as is_gone
    from {{ cin7.table_of(schema, parent.stream) }}
    group by
        {%- for theirs in parent['keys'].values() %}
        {{ adapter.quote(of_parent[theirs | lower]) }}{{ ',' if not loop.last }}
        {%- endfor %}
) as parent
    on {% for own in own_keys %}child.{{ adapter.quote(found[own | lower]) }} = parent.key_{{ loop.index }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endif %}
{% endmacro %}


{% macro is_current_line(found, of_parent, parent) %}
{%- set modified = 'child.' ~ adapter.quote(found['parent_modified']) -%}
{%- set is_newest = '(' ~ modified ~ ' = lines.newest or lines.newest is null)' -%}
{%- if parent.stamp | lower in of_parent -%}
(
        (parent.key_1 is not null and parent.is_gone = 0 and {{ cin7.same('parent.stamp', modified) }})
        or (parent.key_1 is null and {{ is_newest }})
    )
{%- else -%}
{{ is_newest }}
{%- endif -%}
{% endmacro %}


{# Returns the table of a stream, whether it is there or not. #}
{% macro table_of(schema, stream) %}
{{ return(api.Relation.create(database=cin7.source_database(), schema=schema, identifier=stream)) }}
{% endmacro %}


{# Returns the columns of tables by (schema, table), by their names in lower case; a table that no run
   has loaded is not in it. dbt's own look-up answers from a cache that other threads may still be filling. #}
{% macro columns_of(schemas, tables) %}
{%- set found = {} -%}
{%- if schemas -%}
  {%- set answer = run_query(
      "select schema_name, table_name, column_name from " ~ cin7.catalog_columns(schemas)
      ~ " where table_name in ('" ~ tables | join("', '") ~ "')"
  ) -%}
  {%- for row in answer.rows -%}
    {%- do found.setdefault((row[0], row[1]), {}).update({row[2] | lower: row[2]}) -%}
  {%- endfor -%}
{%- endif -%}
{{ return(found) }}
{% endmacro %}


{# Text is null or empty without a difference in Cin7, and loaders differ in what they keep. #}
{% macro cell(table, found, name, type) %}
{%- set column = found.get(name | lower) -%}
{%- if not column -%}
cast(null as {{ cin7.type_of(type) }})
{%- else -%}
  {%- set place = table ~ '.' ~ adapter.quote(column) -%}
  {%- if type == 'text' -%}nullif(cast({{ place }} as {{ cin7.type_of('text') }}), '')
  {%- elif type == 'json' -%}{{ cin7.json_of(place) }}
  {%- elif type == 'number' -%}{{ cin7.bounded(place) }}
  {%- else -%}cast({{ place }} as {{ cin7.type_of(type) }})
  {%- endif -%}
{%- endif -%}
{% endmacro %}


{# Returns a name in snake_case; words that SQL reserves get an underscore. #}
{% macro snake(name) %}
{%- set re = modules.re -%}
{%- set parts = re.sub('([A-Z]+)([A-Z][a-z])', '\\1_\\2', name) -%}
{%- set parts = re.sub('([a-z0-9])([A-Z])', '\\1_\\2', parts) | lower -%}
{{ return(parts ~ '_' if parts in ['from', 'to', 'order', 'group'] else parts) }}
{% endmacro %}
