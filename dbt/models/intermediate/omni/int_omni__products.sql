-- One row per option and size: what has a SKU of its own.
with costs as (
    select source_relation, id, size_id, max(value) as cost
    from {{ ref('stg_cin7_omni__product_option_prices') }}
    where lower(name) = lower({{ cin7.omni_cost_column() }})
    group by source_relation, id, size_id
)

select
    {{ cin7.key('omni', ['o.source_relation', 'o.id', 'o.size_id']) }} as product_key,
    o.source_relation,
    cast(o.product_id as {{ cin7.type_of('text') }}) as product_id,
    o.id as option_id,
    coalesce(o.size, '') as size,
    coalesce(o.product_option_size_code, o.code, o.product_option_code) as sku,
    coalesce(o.product_option_size_barcode, o.barcode) as barcode,
    coalesce(p.name, o.code) as product_name,
    coalesce(p.name, o.code) as product_group,
    p.category,
    p.brand,
    cast(p.supplier_id as {{ cin7.type_of('text') }}) as supplier_id,
    c.cost as unit_cost_base,
    o.retail_price as list_price,
    lower(coalesce(p.status, o.status, '')) not in ('inactive', 'disabled') as is_active,
    greatest(o.modified_date, p.modified_date) as modified_at
from {{ ref('stg_cin7_omni__product_options') }} as o
left join {{ ref('stg_cin7_omni__products') }} as p
    on o.source_relation = p.source_relation and o.product_id = p.id
left join costs as c
    on o.source_relation = c.source_relation and o.id = c.id and o.size_id = c.size_id
