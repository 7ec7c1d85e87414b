-- What credit notes put back on the shelf, one row a product, location and note.
select
    n.source_relation,
    n.sale_id,
    n.task_id,
    {{ cin7.field('r.value', 'ProductID') }} as product_id,
    coalesce({{ cin7.field('r.value', 'RestockLocation') }}, {{ cin7.field('r.value', 'Location') }}, max(n.location)) as location,
    max({{ cin7.field('r.value', 'SKU') }}) as sku,
    coalesce(max({{ cin7.field('r.value', 'RestockDate', 'timestamp') }}), max(n.returned_at)) as restocked_at,
    {{ cin7.amount('sum(' ~ cin7.field('r.value', 'Quantity', 'number') ~ ')') }} as quantity
from {{ ref('cin7', 'int_core__credit_notes') }} as n
cross join lateral {{ cin7.elements('n.restock', 'r') }}
group by
    n.source_relation, n.sale_id, n.task_id, {{ cin7.field('r.value', 'ProductID') }},
    {{ cin7.field('r.value', 'RestockLocation') }}, {{ cin7.field('r.value', 'Location') }}
