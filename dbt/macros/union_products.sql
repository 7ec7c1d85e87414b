{# The rows of both products, with the company and base currency of their account. Arguments:
    name: what the two intermediate models have after int_omni__ and int_core__.
    columns: columns of the result. A name that ends in _id becomes text.
    says_currency: whether rows know the base currency of their document.
    inputs: the products whose rows say what they are made of, where the result shall; those of the
      other are made of what they hold, and of how many have their key, which is the first column. -#}
{% macro union_products(name, columns, says_currency=false, inputs=none) %}
{%- for product in ['omni', 'core'] %}
select
    '{{ product }}' as product,
    t.source_relation,
    a.company
    {%- for column in columns %},
    {%- if column.endswith('_id') %}
    cast(t.{{ column }} as {{ cin7.type_of('text') }}) as {{ column }}
    {%- elif column in cin7.amounts() %}
    {{ cin7.amount('t.' ~ column) }} as {{ column }}
    {%- else %}
    t.{{ column }}
    {%- endif %}
    {%- endfor %},
    {{ 'coalesce(t.base_currency, a.base_currency)' if says_currency else 'a.base_currency' }} as base_currency
    {%- if inputs is not none %},
    {% if product in inputs -%}
    t.inputs
    {%- else -%}
    {{ cin7.hash_of(
        [cin7.rules_version(), "'" ~ product ~ "'", 't.source_relation', 'a.company', 'a.base_currency']
        + modules.re.split(',', 't.' ~ columns | join(',t.')) + (['t.base_currency'] if says_currency else [])
        + ['count(*) over (partition by t.' ~ columns[0] ~ ')']
    ) }}
    {%- endif %} as inputs
    {%- endif %}
from {{ ref('cin7', 'int_' ~ product ~ '__' ~ name) }} as t
left join {{ ref('cin7', 'int_cin7__accounts') }} as a
    on a.product = '{{ product }}' and t.source_relation = a.source_relation
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{% endmacro %}

{# Returns the columns that are amounts or quantities, whose type is the same everywhere. #}
{% macro amounts() %}
{{ return([
    'quantity', 'quantity_shipped', 'quantity_received', 'quantity_restocked', 'unit_price', 'discount', 'net', 'net_base',
    'unit_cost_base', 'cost_base', 'landed_cost_base', 'total', 'paid', 'on_hand', 'allocated', 'available', 'incoming',
    'value_base', 'list_price', 'minimum_before_reorder', 'reorder_quantity',
]) }}
{% endmacro %}


{# A null of a type. #}
{% macro nothing(type='text') %}
{{ return('cast(null as ' ~ cin7.type_of(type) ~ ')') }}
{% endmacro %}
