-- Minimums by location.
select
    {{ cin7.key('core', ['r.source_relation', 'r.product_id']) }} as product_key,
    coalesce(r.location_name, max(l.name)) as location,
    {{ cin7.amount('sum(r.minimum_before_reorder)') }} as minimum,
    {{ cin7.amount('sum(r.reorder_quantity)') }} as reorder_quantity
from {{ ref('cin7', 'stg_cin7_core__product_reorder_levels') }} as r
left join {{ ref('cin7', 'stg_cin7_core__locations') }} as l
    on r.source_relation = l.source_relation and r.location_id = l.id
group by r.source_relation, r.product_id, r.location_id, r.location_name
