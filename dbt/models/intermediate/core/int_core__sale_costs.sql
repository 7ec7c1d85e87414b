-- What a sale's movements say that a product cost, one row a task and product. A task whose movements
-- sum to less than nothing is a return; one that was undone sums to nothing.
select
    source_relation,
    sale_id,
    task_id,
    product_id,
    {{ cin7.amount('sum(cogs)') }} as cost_base,
    sum(cogs) < 0 as is_return
from {{ ref('cin7', 'stg_cin7_core__sale_inventory_movements') }}
group by source_relation, sale_id, task_id, product_id
