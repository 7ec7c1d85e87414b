{# The rows of both products. Arguments:
    name: what the two intermediate models have after int_omni__ and int_core__.
    columns: columns of the result. A name that ends in _id becomes text.
    instead: SQL by product and column, for what a product does not have. #}
{% macro union_products(name, columns, instead) %}
{%- for product in ['omni', 'core'] %}
select
    '{{ product }}' as product,
    source_relation
    {%- for column in columns %},
    {%- set other = instead.get(product, {}).get(column) %}
    {{ other or ('cast(' ~ column ~ ' as ' ~ cin7.type_of('text') ~ ')' if column.endswith('_id') else column) }} as {{ column }}
    {%- endfor %}
from {{ ref('int_' ~ product ~ '__' ~ name) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{% endmacro %}

{# A null of a type. #}
{% macro nothing(type='text') %}
{{ return('cast(null as ' ~ cin7.type_of(type) ~ ')') }}
{% endmacro %}
