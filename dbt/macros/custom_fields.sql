{# Custom fields that a user wants as columns of a mart; cin7_custom_fields declares them. #}

{# Returns the entries of a mart. #}
{% macro custom_fields_of(mart) %}
{{ return((var('cin7_custom_fields', none) or {}).get(mart, [])) }}
{% endmacro %}


{# The columns of a mart's custom fields, each after a comma. Arguments:
    mart: orders, customers or products.
    product: omni, whose custom fields are one object, or core, whose attributes are columns or an object.
    alias: the staging model. #}
{% macro custom_fields(mart, product, alias) %}
{%- for field in cin7.custom_fields_of(mart) -%}
,
    {%- set own = field.get(product) %}
    {% if not own -%}
    {{ cin7.nothing() }}
    {%- elif product == 'omni' -%}
    {{ cin7.field(alias ~ '.custom_fields', own) }}
    {%- elif mart == 'orders' -%}
    {{ cin7.field(alias ~ '.additional_attributes', own) }}
    {%- else -%}
    {{ alias }}.{{ cin7.snake(own) }}
    {%- endif %} as {{ field.name }}
{%- endfor -%}
{% endmacro %}


{# Returns the names of a mart's custom fields. #}
{% macro custom_field_names(mart) %}
{{ return(cin7.custom_fields_of(mart) | map(attribute='name') | list) }}
{% endmacro %}
