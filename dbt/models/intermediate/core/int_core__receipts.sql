-- What came in. On accounts that use Put Away the lines are there; elsewhere both lists hold the same
-- receipt, so that only one of them counts. Services and other products without stock move none.
with received as (
    select distinct source_relation, purchase_id
    from {{ ref('cin7', 'stg_cin7_core__purchase_receipt_lines') }}
),

lines as (
    select
        source_relation, purchase_id, task_id, line_number, date, product_id, sku, location, quantity,
        coalesce(non_inventory, false) as is_without_stock
    from {{ ref('cin7', 'stg_cin7_core__purchase_receipt_lines') }}
    where coalesce(received, true)
    union all
    select
        l.source_relation, l.purchase_id, l.task_id, l.line_number, l.date, l.product_id, l.sku, l.location,
        l.quantity, false
    from {{ ref('cin7', 'stg_cin7_core__purchase_put_away_lines') }} as l
    left join received as r on l.source_relation = r.source_relation and l.purchase_id = r.purchase_id
    where r.purchase_id is null and coalesce(l.received, true)
)

select
    l.source_relation, l.purchase_id, l.task_id, l.line_number, l.date, l.product_id, l.sku, l.location, l.quantity,
    not l.is_without_stock and coalesce(p.is_stocked, true) as moves_stock
from lines as l
left join {{ ref('cin7', 'int_core__products') }} as p
    on l.source_relation = p.source_relation and l.product_id = p.product_id
