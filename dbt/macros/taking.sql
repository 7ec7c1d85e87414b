{# Lines of one product in a document share what came, shipped or was put back of it. #}

{# A CTE "lines": lines with what those before them want, and whether they are the last of the product. #}
{% macro taking_lines(lines, keys) %}
lines as (
    select
        l.*,
        coalesce(sum(l.quantity) over (
            partition by {% for key in keys %}l.{{ key }}{{ ', ' if not loop.last }}{% endfor %}
            order by l.line_number
            rows between unbounded preceding and 1 preceding
        ), 0) as before,
        row_number() over (
            partition by {% for key in keys %}l.{{ key }}{{ ', ' if not loop.last }}{% endfor %}
            order by l.line_number desc
        ) = 1 as is_last
    from {{ lines }} as l
)
{%- endmacro %}


{# What a line takes of a quantity: as much as it wants, the last line all that is left. #}
{% macro taken(quantity) %}
{{ cin7.amount(
    'case when l.is_last then greatest(coalesce(' ~ quantity ~ ', 0) - l.before, 0)'
    ~ ' else greatest(least(coalesce(' ~ quantity ~ ', 0) - l.before, coalesce(l.quantity, ' ~ quantity ~ ', 0)), 0) end'
) }}
{%- endmacro %}
