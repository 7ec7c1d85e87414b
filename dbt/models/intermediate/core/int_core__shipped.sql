-- What left the shelf for customers, one row a line of a fulfilment that is shipped. Services move nothing.
select
    l.source_relation,
    l.sale_id,
    l.fulfilment_task_id as task_id,
    l.line_number,
    l.product_id,
    l.sku,
    l.location,
    l.quantity,
    cast({{ cin7.field(cin7.member(cin7.member('f.ship', 'Lines'), 0), 'ShipmentDate') }} as {{ cin7.type_of('timestamp') }}) as shipped_at
from {{ ref('cin7', 'stg_cin7_core__sale_fulfilment_lines') }} as l
inner join {{ ref('cin7', 'stg_cin7_core__sale_fulfilments') }} as f
    on l.source_relation = f.source_relation and l.sale_id = f.sale_id and l.fulfilment_task_id = f.task_id
where
    (
        upper({{ cin7.field('f.ship', 'Status') }}) in ('AUTHORISED', 'PARTIALLY AUTHORISED')
        or (
            {{ cin7.field('f.ship', 'Status') }} is null
            and upper(f.ful_filment_status) in ('FULFILLED', 'SHIPPED')
        )
    )
    and not coalesce(l.non_inventory, false)
