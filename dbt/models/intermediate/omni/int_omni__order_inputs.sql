-- What the lines of an order are made of, as one hash: the order, its lines and sizes, and what products are named.
with options as (
    select
        source_relation, option_id,
        {{ cin7.hash_sum(cin7.hash_of(['product_key', 'product_group', 'sku', 'size', 'is_stocked'])) }} as hash
    from {{ ref('cin7', 'int_omni__products') }}
    group by source_relation, option_id
),

lines as (
    select
        l.source_relation, l.order_id,
        {{ cin7.hash_sum(cin7.hash_of([
            cin7.row_hash('l', ref('cin7', 'stg_cin7_omni__sales_order_lines')), 'o.hash', 'c.product_key', 'c.product_group',
        ])) }} as hash
    from {{ ref('cin7', 'stg_cin7_omni__sales_order_lines') }} as l
    left join options as o on l.source_relation = o.source_relation and l.product_option_id = o.option_id
    left join {{ ref('cin7', 'int_omni__codes') }} as c
        on l.source_relation = c.source_relation and l.code = c.sku and coalesce(l.product_option_id, 0) = 0
    group by l.source_relation, l.order_id
),

sizes as (
    select
        s.source_relation, s.order_id,
        {{ cin7.hash_sum(cin7.row_hash('s', ref('cin7', 'stg_cin7_omni__sales_order_line_sizes'))) }} as hash
    from {{ ref('cin7', 'stg_cin7_omni__sales_order_line_sizes') }} as s
    group by s.source_relation, s.order_id
)

select
    o.source_relation,
    o.order_id,
    {{ cin7.hash_of([
        cin7.rules_version(), cin7.row_hash('o', ref('cin7', 'int_omni__orders')), 'l.hash', 's.hash', 'a.company', 'a.base_currency',
    ]) }} as inputs
from {{ ref('cin7', 'int_omni__orders') }} as o
inner join lines as l on o.source_relation = l.source_relation and o.order_id = l.order_id
left join sizes as s on o.source_relation = s.source_relation and o.order_id = s.order_id
left join {{ ref('cin7', 'int_cin7__accounts') }} as a on a.product = 'omni' and o.source_relation = a.source_relation
