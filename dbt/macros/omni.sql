{# Rules of Omni's documents. Orders, credit notes and purchases are priced alike. #}

{# The base currency that an account declares. #}
{% macro omni_base_currency(alias) %}
{%- set currencies = {} -%}
{%- for account in cin7.accounts('omni') if account.get('base_currency') -%}
  {%- do currencies.update({account.schema: "'" ~ account.base_currency | upper ~ "'"}) -%}
{%- endfor -%}
{{ cin7.by_account(alias, currencies, cin7.nothing()) }}
{%- endmacro %}


{# Base currency for one unit of a document's currency; null where a foreign document has no rate. #}
{% macro omni_base_rate(alias) %}
{%- set rates = {} -%}
{%- for account in cin7.accounts('omni') if account.get('rate') == 'divide' -%}
  {%- do rates.update({account.schema: '1 / ' ~ alias ~ '.currency_rate'}) -%}
{%- endfor -%}
case
    when coalesce(upper(trim({{ alias }}.currency_code)), '') = coalesce({{ cin7.omni_base_currency(alias) }}, '') then 1
    when coalesce({{ alias }}.currency_rate, 0) = 0 then case when {{ alias }}.currency_code is null then 1 end
    else {{ cin7.by_account(alias, rates, alias ~ '.currency_rate') }}
end
{%- endmacro %}


{# The state of an Omni document: draft, approved or void. #}
{% macro omni_state(table, is_void='false') %}
case
    when coalesce({{ is_void }}, false) or upper({{ table }}.status) in ('VOID', 'VOIDED') then 'void'
    when upper({{ table }}.status) = 'APPROVED' then 'approved'
    when upper({{ table }}.status) = 'DRAFT' then 'draft'
    when {{ table }}.is_approved then 'approved'
    else 'draft'
end
{%- endmacro %}


{% macro omni_name(alias) %}
coalesce({{ alias }}.company, nullif(trim(coalesce({{ alias }}.first_name, '') || ' ' || coalesce({{ alias }}.last_name, '')), ''))
{%- endmacro %}


{# Whether a product can be on a shelf: 4 is what Omni calls labour by number. #}
{% macro omni_is_stocked(product) %}
(lower(coalesce({{ product }}.stock_control, '')) not in ('labour', '4')
    and lower(coalesce({{ product }}.product_type, '')) not in (
        'service', 'services', 'labour', 'non-inventory', 'non inventory', 'noninventory'
    ))
{%- endmacro %}


{# Whether prices of a document hold the tax. #}
{% macro omni_is_tax_included(alias) %}
(lower(coalesce({{ alias }}.tax_status, '')) like 'incl%')
{%- endmacro %}


{# What prices are divided by to take a tax in percent out of them. #}
{% macro omni_tax_divisor(is_tax_included, rate) %}
(case when {{ is_tax_included }} then 1 + coalesce({{ rate }}, 0) / 100.0 else 1.0 end)
{%- endmacro %}


{# All lines of documents, priced. Arguments:
    documents: model with document_id, is_tax_included, tax_rate, discount_total, base_rate.
    lines: staging model of the lines.
    document_id: the lines' column that names the document.
    has_cost, has_tax_rate: whether the lines have a cost and a tax rate.
    inputs: model with the inputs of the documents, of which an incremental model makes the new ones.

   A kit has its own line and, below it, one a component, which has the kit's line as parent_id. What
   is sold is counted by is_top, what moves by is_leaf: either the kit or its components. -#}
{% macro omni_priced_lines(documents, lines, document_id, has_cost=true, has_tax_rate=false, inputs=none) %}
with lines as (
    select
        l.*,
        l.{{ document_id }} as document_id,
        {{ 'l.unit_cost' if has_cost else cin7.nothing('number') }} as own_cost,
        coalesce({{ 'l.tax_rate' if has_tax_rate else cin7.nothing('number') }}, 0) as own_tax_rate,
        coalesce(l.parent_id, 0) as above_id,
        {{ cin7.amount('coalesce(l.qty, 0) * coalesce(l.unit_price, 0) - coalesce(l.discount, 0)') }} as amount,
        {% if inputs %}i.inputs,{% endif %}
        count(*) over (partition by l.source_relation, l.{{ document_id }}, l.id) as lines_of_id
    from {{ lines }} as l
    {%- if inputs %}
    inner join {{ inputs }} as i on l.source_relation = i.source_relation and l.{{ document_id }} = i.{{ document_id }}
    where {{ cin7.is_new('i.inputs') }}
    {%- endif %}
),

components as (
    select
        source_relation, document_id, above_id,
        sum(abs(qty)) as qty,
        sum(abs(qty_shipped)) as qty_shipped,
        sum({{ cin7.amount('qty * own_cost') }}) as cost,
        sum(amount) as amount,
        min(case when coalesce(own_cost, 0) = 0 then 0 else 1 end) as have_cost
    from lines
    where above_id > 0
    group by source_relation, document_id, above_id
),

ids as (
    select distinct source_relation, document_id, id from lines where id > 0
),

-- Some accounts price the components instead of the kit.
kits as (
    select
        l.*,
        c.above_id is null as is_leaf,
        c.qty as components_qty,
        c.qty_shipped as components_shipped,
        c.cost as components_cost,
        coalesce(c.have_cost, 0) as components_have_cost,
        case when l.amount = 0 then coalesce(c.amount, 0) else l.amount end as charged
    from lines as l
    left join components as c
        on l.source_relation = c.source_relation and l.document_id = c.document_id and l.id = c.above_id
),

counted as (
    select
        l.*,
        -- A component whose kit has no line stands for itself.
        above.id is null as is_top,
        d.is_tax_included,
        d.discount_total,
        d.base_rate,
        -- Lines say their own tax where any line of the document does.
        case
            when max(abs(l.own_tax_rate)) over (partition by l.source_relation, l.document_id) > 0 then l.own_tax_rate
            else coalesce(d.tax_rate, 0)
        end as line_tax_rate,
        sum(case when above.id is null then l.charged else 0 end)
            over (partition by l.source_relation, l.document_id) as document_amount
    from kits as l
    inner join {{ documents }} as d
        on l.source_relation = d.source_relation and l.document_id = d.document_id
    left join ids as above
        on l.source_relation = above.source_relation and l.document_id = above.document_id and l.above_id = above.id
),

priced as (
    select
        l.*,
        -- The discount on the whole document is shared by what lines amount to.
        {{ cin7.amount(
            "(l.charged - coalesce(l.discount_total, 0) * case when l.document_amount = 0 then 0 else l.charged / l.document_amount end)"
            ~ " / " ~ cin7.omni_tax_divisor('l.is_tax_included', 'l.line_tax_rate')
        ) }} as net,
        case when coalesce(l.own_cost, 0) = 0 and not l.is_leaf then l.components_have_cost = 1 else coalesce(l.own_cost, 0) <> 0 end as has_cost,
        case
            when coalesce(l.own_cost, 0) = 0 and not l.is_leaf
                then {{ cin7.amount('l.components_cost / nullif(l.qty, 0)') }}
            else l.own_cost
        end as unit_cost_base,
        case
            when coalesce(l.own_cost, 0) = 0 and not l.is_leaf then l.components_cost
            else {{ cin7.amount('l.qty * l.own_cost') }}
        end as cost_base,
        case
            when coalesce(l.qty_shipped, 0) <> 0 or l.is_leaf then coalesce(l.qty_shipped, 0)
            -- A kit is shipped as far as its components are.
            else {{ cin7.amount('coalesce(l.qty * l.components_shipped / nullif(l.components_qty, 0), 0)') }}
        end as quantity_shipped
    from counted as l
)

select
    p.*,
    {{ cin7.amount('p.net * p.base_rate') }} as net_base,
    coalesce(s.product_key, o.product_key, c.product_key) as product_key,
    coalesce(s.product_group, o.product_group, c.product_group) as product_group,
    -- A line that names no product is an amount: it counts in money, not in units.
    coalesce(p.product_id, 0) > 0 or coalesce(p.product_option_id, 0) > 0 or c.product_key is not null as has_product
from priced as p
left join {{ ref('cin7', 'int_omni__skus') }} as s
    on p.source_relation = s.source_relation and p.product_option_id = s.option_id and p.code = s.sku
-- Under a SKU that has changed since, an option of one size is still that product.
left join {{ ref('cin7', 'int_omni__options') }} as o
    on p.source_relation = o.source_relation and p.product_option_id = o.option_id
left join {{ ref('cin7', 'int_omni__codes') }} as c
    on p.source_relation = c.source_relation and p.code = c.sku and coalesce(p.product_option_id, 0) = 0
{% endmacro %}
