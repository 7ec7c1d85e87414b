with members as (
    select
        f.source_relation,
        {{ cin7.field(cin7.element('m'), 'ID') }} as product_id,
        max(f.name) as family
    from {{ ref('cin7', 'stg_cin7_core__product_families') }} as f
    {{ cin7.each('f.products', 'm') }}
    group by f.source_relation, {{ cin7.field(cin7.element('m'), 'ID') }}
),

suppliers as (
    select source_relation, product_id, min(supplier_id) as supplier_id
    from {{ ref('cin7', 'stg_cin7_core__product_suppliers') }}
    group by source_relation, product_id
)

select
    {{ cin7.key('core', ['p.source_relation', 'p.id']) }} as product_key,
    p.source_relation,
    p.id as product_id,
    p.sku,
    p.barcode,
    p.name as product_name,
    coalesce(m.family, p.name) as product_group,
    p.category,
    p.brand,
    s.supplier_id,
    p.average_cost as unit_cost_base,
    p.price_tier1 as list_price,
    p.minimum_before_reorder,
    p.reorder_quantity,
    upper(coalesce(p.status, '')) <> 'DEPRECATED' as is_active,
    {{ cin7.core_is_stocked('p') }} as is_stocked,
    -- What has a bill of materials is made, and not bought.
    {{ cin7.core_is_stocked('p') }} and not coalesce(p.bill_of_material, false) as is_bought,
    {{ cin7.local_time('core', 'p', 'created_date') }} as created_at,
    p.last_modified_on as modified_at
    {{- cin7.custom_fields('products', 'core', 'p') }}
from {{ ref('cin7', 'stg_cin7_core__products') }} as p
left join members as m on p.source_relation = m.source_relation and p.id = m.product_id
left join suppliers as s on p.source_relation = s.source_relation and p.id = s.product_id
