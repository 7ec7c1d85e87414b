-- What credit notes put back on the shelf, one row a product, location and note.
select
    n.source_relation,
    n.sale_id,
    n.task_id,
    {{ cin7.field(cin7.element('r'), 'ProductID') }} as product_id,
    coalesce({{ cin7.field(cin7.element('r'), 'RestockLocation') }}, {{ cin7.field(cin7.element('r'), 'Location') }}, max(n.location)) as location,
    max({{ cin7.field(cin7.element('r'), 'SKU') }}) as sku,
    coalesce(max({{ cin7.field(cin7.element('r'), 'RestockDate', 'timestamp') }}), max(n.returned_at)) as restocked_at,
    {{ cin7.amount('sum(' ~ cin7.field(cin7.element('r'), 'Quantity', 'number') ~ ')') }} as quantity
from {{ ref('cin7', 'int_core__credit_notes') }} as n
{{ cin7.each('n.restock', 'r') }}
group by
    n.source_relation, n.sale_id, n.task_id, {{ cin7.field(cin7.element('r'), 'ProductID') }},
    {{ cin7.field(cin7.element('r'), 'RestockLocation') }}, {{ cin7.field(cin7.element('r'), 'Location') }}
