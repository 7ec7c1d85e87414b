-- The accounts, one row a schema: what is declared of them, and what Core's documents say themselves.
with declared as (
    {%- set selects = [] %}
    {%- for product in ['omni', 'core'] %}
    {%- for account in cin7.accounts(product) %}
    {%- set values = [] %}
    {%- for entry in ['company', 'base_currency', 'time_zone'] %}
    {%- set value = account.get(entry) or (account.schema if entry == 'company' else none) %}
    {%- do values.append("cast('" ~ (value | string).replace("'", "''") ~ "' as " ~ cin7.type_of('text') ~ ")" if value else cin7.nothing()) %}
    {%- endfor %}
    {%- do selects.append(
        "select '" ~ product ~ "' as product, '" ~ account.schema ~ "' as source_relation, " ~ values[0] ~ " as company, "
        ~ values[1] ~ " as base_currency, " ~ values[2] ~ " as time_zone"
    ) %}
    {%- endfor %}
    {%- endfor %}
    {{ selects | join('\n    union all\n    ') if selects else
        'select ' ~ cin7.nothing() ~ ' as product, ' ~ cin7.nothing() ~ ' as source_relation, ' ~ cin7.nothing() ~ ' as company, '
        ~ cin7.nothing() ~ ' as base_currency, ' ~ cin7.nothing() ~ ' as time_zone where 1 = 0' }}
),

documents as (
    select source_relation, base_currency from {{ ref('cin7', 'stg_cin7_core__sales') }}
    union all
    select source_relation, base_currency from {{ ref('cin7', 'stg_cin7_core__purchases') }}
),

found as (
    select source_relation, max(base_currency) as base_currency
    from documents
    group by source_relation
)

select
    d.product,
    d.source_relation,
    d.company,
    upper(coalesce(d.base_currency, f.base_currency)) as base_currency,
    d.time_zone
from declared as d
left join found as f on d.source_relation = f.source_relation and d.product = 'core'
