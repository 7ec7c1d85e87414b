{{ config(materialized='view', enabled=var('cin7_snapshots')) }}
-- Prices of products, one row a price, for the snapshot of them: Omni's price columns, Core's tiers, and the cost.
with prices as (
    select
        {{ cin7.key('omni', ['source_relation', 'id', 'size_id']) }} as product_key,
        lower(name) as price_name,
        value as price
    from {{ ref('cin7', 'stg_cin7_omni__product_option_prices') }}
    {%- for tier in range(1, 11) %}
    union all
    select {{ cin7.key('core', ['source_relation', 'id']) }}, 'tier_{{ tier }}', price_tier{{ tier }}
    from {{ ref('cin7', 'stg_cin7_core__products') }}
    {%- endfor %}
    union all
    select product_key, 'unit_cost_base', unit_cost_base
    from {{ ref('cin7', 'int_cin7__products') }}
)

select product_key, price_name, max(price) as price
from prices
where price is not null
group by product_key, price_name
