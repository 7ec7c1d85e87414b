-- What credit notes put back on the shelf, one row a product, location and note.
select
    n.source_relation,
    n.sale_id,
    n.task_id,
    {{ cin7.field('r.value', 'ProductID') }} as product_id,
    coalesce({{ cin7.field('r.value', 'RestockLocation') }}, {{ cin7.field('r.value', 'Location') }}) as location,
    max({{ cin7.field('r.value', 'SKU') }}) as sku,
    coalesce(max({{ cin7.field('r.value', 'RestockDate', 'timestamp') }}), max(n.credit_note_date)) as restocked_at,
    sum({{ cin7.field('r.value', 'Quantity', 'number') }}) as quantity
from {{ ref('stg_cin7_core__sale_credit_notes') }} as n
cross join lateral {{ cin7.elements('n.restock', 'r') }}
where {{ cin7.core_counts('n.status') }}
group by
    n.source_relation, n.sale_id, n.task_id, {{ cin7.field('r.value', 'ProductID') }},
    coalesce({{ cin7.field('r.value', 'RestockLocation') }}, {{ cin7.field('r.value', 'Location') }})
