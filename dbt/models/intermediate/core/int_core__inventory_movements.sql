-- What documents say of goods that came and went, by location. Cin7's own ledger of a product comes
-- with the setting include_movements, as the stream product_movements.
with shipped as (
    select
        l.source_relation,
        'sale' as movement_type,
        l.sale_id as document_id,
        o.order_number as document_number,
        l.task_id || ':' || cast(l.line_number as {{ cin7.type_of('text') }}) as line_id,
        coalesce(l.shipped_at, o.ordered_at) as moved_at,
        coalesce(l.location, o.location) as location,
        l.product_id,
        l.sku,
        -l.quantity as quantity
    from {{ ref('cin7', 'int_core__shipped') }} as l
    left join {{ ref('cin7', 'int_core__sales') }} as o
        on l.source_relation = o.source_relation and l.sale_id = o.order_id
    where coalesce(o.state, 'approved') <> 'void'
),

restocked as (
    select
        r.source_relation,
        'return' as movement_type,
        r.task_id as document_id,
        n.credit_note_number as document_number,
        r.product_id || ':' || coalesce(r.location, '') as line_id,
        max(r.restocked_at) as moved_at,
        r.location,
        r.product_id,
        max(r.sku) as sku,
        sum(r.quantity) as quantity
    from {{ ref('cin7', 'int_core__restocks') }} as r
    inner join {{ ref('cin7', 'int_core__credit_notes') }} as n
        on r.source_relation = n.source_relation and r.sale_id = n.sale_id and r.task_id = n.task_id
    group by r.source_relation, r.task_id, n.credit_note_number, r.location, r.product_id
),

received as (
    select
        l.source_relation,
        'receipt' as movement_type,
        l.purchase_id as document_id,
        p.purchase_number as document_number,
        l.task_id || ':' || cast(l.line_number as {{ cin7.type_of('text') }}) as line_id,
        l.date as moved_at,
        coalesce(l.location, p.location) as location,
        l.product_id,
        l.sku,
        l.quantity
    from {{ ref('cin7', 'int_core__receipts') }} as l
    left join {{ ref('cin7', 'int_core__purchases') }} as p
        on l.source_relation = p.source_relation and l.purchase_id = p.purchase_id
    where l.moves_stock and coalesce(p.state, 'approved') <> 'void'
),

-- What goods cost when they came: what the purchase charged for them, without tax.
received_costs as (
    select source_relation, purchase_id, product_id, sum(net_base) / nullif(sum(quantity), 0) as unit_cost
    from {{ ref('cin7', 'int_core__purchase_lines') }}
    group by source_relation, purchase_id, product_id
),

unstocked as (
    select
        n.source_relation,
        'purchase_return' as movement_type,
        n.task_id as document_id,
        n.credit_note_number as document_number,
        {{ cin7.field(cin7.element('u'), 'ProductID') }} || ':' || coalesce({{ cin7.field(cin7.element('u'), 'Location') }}, '') as line_id,
        n.credit_note_date as moved_at,
        {{ cin7.field(cin7.element('u'), 'Location') }} as location,
        {{ cin7.field(cin7.element('u'), 'ProductID') }} as product_id,
        max({{ cin7.field(cin7.element('u'), 'SKU') }}) as sku,
        -sum({{ cin7.field(cin7.element('u'), 'Quantity', 'number') }}) as quantity
    from {{ ref('cin7', 'stg_cin7_core__purchase_credit_notes') }} as n
    {{ cin7.each('n.unstock', 'u') }}
    where {{ cin7.core_counts('n.status') }}
    group by
        n.source_relation, n.task_id, n.credit_note_number, n.credit_note_date,
        {{ cin7.field(cin7.element('u'), 'Location') }}, {{ cin7.field(cin7.element('u'), 'ProductID') }}
),

-- Adjustment is what there is afterwards, and not the difference.
counted as (
    select source_relation, task_id, 'existing' as list, line_number, location, product_id, sku,
        adjustment - quantity_on_hand as quantity
    from {{ ref('cin7', 'stg_cin7_core__stock_adjustment_lines') }}
    union all
    select source_relation, task_id, 'new', line_number, location, product_id, sku, quantity
    from {{ ref('cin7', 'stg_cin7_core__stock_adjustment_new_lines') }}
    union all
    select source_relation, task_id, 'existing', line_number, location, product_id, sku,
        adjustment - quantity_on_hand
    from {{ ref('cin7', 'stg_cin7_core__stocktake_lines') }}
    union all
    select source_relation, task_id, 'new', line_number, location, product_id, sku, quantity
    from {{ ref('cin7', 'stg_cin7_core__stocktake_new_lines') }}
),

counts as (
    select source_relation, task_id, 'adjustment' as movement_type, stocktake_number, status, effective_date,
        cast(null as {{ cin7.type_of('text') }}) as location
    from {{ ref('cin7', 'stg_cin7_core__stock_adjustments') }}
    union all
    select source_relation, task_id, 'stocktake', stocktake_number, status, effective_date, location
    from {{ ref('cin7', 'stg_cin7_core__stocktakes') }}
),

adjusted as (
    select
        l.source_relation,
        c.movement_type,
        l.task_id as document_id,
        c.stocktake_number as document_number,
        l.list || ':' || cast(l.line_number as {{ cin7.type_of('text') }}) as line_id,
        c.effective_date as moved_at,
        coalesce(l.location, c.location) as location,
        l.product_id,
        l.sku,
        l.quantity
    from counted as l
    inner join counts as c on l.source_relation = c.source_relation and l.task_id = c.task_id
    where upper(c.status) in ('COMPLETED', 'AUTHORISED')
),

transfers as (
    select
        l.source_relation, t.task_id, t.number, t.status, t.departure_date, t.completion_date,
        t.from_location, t.to_location, l.line_number, l.product_id, l.sku, l.transfer_quantity
    from {{ ref('cin7', 'stg_cin7_core__stock_transfer_lines') }} as l
    inner join {{ ref('cin7', 'stg_cin7_core__stock_transfers') }} as t
        on l.source_relation = t.source_relation and l.task_id = t.task_id
    where upper(t.status) in ('COMPLETED', 'IN TRANSIT')
),

transferred as (
    select
        source_relation, 'transfer_out' as movement_type, task_id as document_id, number as document_number,
        cast(line_number as {{ cin7.type_of('text') }}) as line_id,
        coalesce(departure_date, completion_date) as moved_at,
        from_location as location, product_id, sku, -transfer_quantity as quantity
    from transfers
    union all
    select
        source_relation, 'transfer_in', task_id, number, cast(line_number as {{ cin7.type_of('text') }}),
        completion_date, to_location, product_id, sku, transfer_quantity
    from transfers
    where upper(status) = 'COMPLETED'
),

assembled as (
    select
        source_relation, 'assembly_in' as movement_type, task_id as document_id,
        assembly_number as document_number, 'made' as line_id, completion_date as moved_at, location,
        product_id, product_code as sku, quantity
    from {{ ref('cin7', 'stg_cin7_core__finished_goods') }}
    where upper(status) in ('COMPLETED', 'AUTHORISED')
    union all
    select
        f.source_relation, 'assembly_out', f.task_id, f.assembly_number,
        {{ cin7.field(cin7.element('l'), 'ProductID') }}, f.completion_date, f.location,
        {{ cin7.field(cin7.element('l'), 'ProductID') }}, max({{ cin7.field(cin7.element('l'), 'ProductCode') }}),
        -sum({{ cin7.field(cin7.element('l'), 'Quantity', 'number') }})
    from {{ ref('cin7', 'stg_cin7_core__finished_goods') }} as f
    {{ cin7.each('f.pick_lines', 'l') }}
    where upper(f.status) in ('COMPLETED', 'AUTHORISED')
    group by
        f.source_relation, f.task_id, f.assembly_number, f.completion_date, f.location,
        {{ cin7.field(cin7.element('l'), 'ProductID') }}
),

taken_apart as (
    select
        source_relation, 'disassembly_out' as movement_type, task_id as document_id,
        disassembly_number as document_number, 'taken' as line_id, completion_date as moved_at, location,
        product_id, product_code as sku, -quantity as quantity
    from {{ ref('cin7', 'stg_cin7_core__disassemblies') }}
    where upper(status) in ('COMPLETED', 'AUTHORISED')
    union all
    select
        d.source_relation, 'disassembly_in', d.task_id, d.disassembly_number,
        {{ cin7.field(cin7.element('l'), 'ProductID') }}, d.completion_date, d.location,
        {{ cin7.field(cin7.element('l'), 'ProductID') }}, max({{ cin7.field(cin7.element('l'), 'ProductCode') }}),
        sum(coalesce(
            {{ cin7.field(cin7.element('l'), 'TotalQuantity', 'number') }},
            {{ cin7.field(cin7.element('l'), 'Quantity', 'number') }} * d.quantity
        ))
    from {{ ref('cin7', 'stg_cin7_core__disassemblies') }} as d
    {{ cin7.each('d.order_lines', 'l') }}
    where upper(d.status) in ('COMPLETED', 'AUTHORISED')
    group by
        d.source_relation, d.task_id, d.disassembly_number, d.completion_date, d.location,
        {{ cin7.field(cin7.element('l'), 'ProductID') }}
),

written_off as (
    select
        w.source_relation,
        'write_off' as movement_type,
        w.task_id as document_id,
        w.inventory_write_off_number as document_number,
        {{ cin7.field(cin7.element('l'), 'ProductID') }} as line_id,
        w.effective_date as moved_at,
        w.location,
        {{ cin7.field(cin7.element('l'), 'ProductID') }} as product_id,
        max({{ cin7.field(cin7.element('l'), 'ProductCode') }}) as sku,
        -sum({{ cin7.field(cin7.element('l'), 'Quantity', 'number') }}) as quantity
    from {{ ref('cin7', 'stg_cin7_core__inventory_write_offs') }} as w
    {{ cin7.each('w.lines', 'l') }}
    where upper(w.status) in ('COMPLETED', 'AUTHORISED')
    group by
        w.source_relation, w.task_id, w.inventory_write_off_number, w.effective_date, w.location,
        {{ cin7.field(cin7.element('l'), 'ProductID') }}
),

runs as (
    select r.*
    from {{ ref('cin7', 'stg_cin7_core__production_runs') }} as r
    where upper(coalesce(r.status, '')) not in ('VOIDED', 'VOID', 'DRAFT', 'PLANNED')
),

-- What a run has put into stock comes in.
produced as (
    select
        r.source_relation,
        'production_in' as movement_type,
        r.run_id as document_id,
        r.order_number as document_number,
        {{ cin7.field(cin7.element('o'), 'ProductID') }} || ':' || coalesce({{ cin7.field(cin7.element('o'), 'LocationName') }}, '') as line_id,
        coalesce(max({{ cin7.field(cin7.element('o'), 'ReceivedDate', 'timestamp') }}), max(r.received_date), max(r.end_date)) as moved_at,
        {{ cin7.field(cin7.element('o'), 'LocationName') }} as location,
        {{ cin7.field(cin7.element('o'), 'ProductID') }} as product_id,
        max({{ cin7.field(cin7.element('o'), 'ProductCode') }}) as sku,
        sum({{ cin7.field(cin7.element('o'), 'Quantity', 'number') }}) as quantity
    from runs as r
    {{ cin7.each('r.output', 'o') }}
    where coalesce({{ cin7.field(cin7.element('o'), 'Received', 'boolean') }}, true)
    group by
        r.source_relation, r.run_id, r.order_number, {{ cin7.field(cin7.element('o'), 'ProductID') }},
        {{ cin7.field(cin7.element('o'), 'LocationName') }}
),

operations as (
    select
        r.source_relation, r.run_id, r.order_number, r.start_date, r.end_date,
        coalesce({{ cin7.field(cin7.element('p'), 'ManualStartDate', 'timestamp') }}, {{ cin7.field(cin7.element('p'), 'StartDate', 'timestamp') }}) as started_at,
        {{ cin7.member(cin7.element('p'), 'Components') }} as components
    from runs as r
    {{ cin7.each('r.operations', 'p') }}
),

-- What goes into a run leaves.
consumed as (
    select
        o.source_relation,
        'production_out' as movement_type,
        o.run_id as document_id,
        o.order_number as document_number,
        {{ cin7.field(cin7.element('c'), 'ProductID') }} || ':' || coalesce({{ cin7.field(cin7.element('c'), 'LocationName') }}, '') as line_id,
        coalesce(max(o.started_at), max(o.start_date), max(o.end_date)) as moved_at,
        {{ cin7.field(cin7.element('c'), 'LocationName') }} as location,
        {{ cin7.field(cin7.element('c'), 'ProductID') }} as product_id,
        max({{ cin7.field(cin7.element('c'), 'ProductCode') }}) as sku,
        -sum({{ cin7.field(cin7.element('c'), 'Quantity', 'number') }}) as quantity
    from operations as o
    {{ cin7.each('o.components', 'c') }}
    group by
        o.source_relation, o.run_id, o.order_number, {{ cin7.field(cin7.element('c'), 'ProductID') }},
        {{ cin7.field(cin7.element('c'), 'LocationName') }}
),

locations as (
    select source_relation, name, max(parent_name) as parent_name
    from {{ ref('cin7', 'stg_cin7_core__locations') }}
    group by source_relation, name
),

moved as (
    {%- for one in ['shipped', 'restocked', 'received', 'unstocked', 'adjusted', 'transferred', 'assembled', 'taken_apart', 'written_off', 'produced', 'consumed'] %}
    select * from {{ one }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    {{ cin7.key('core', ['m.source_relation', 'm.movement_type', 'm.document_id', 'm.line_id']) }} as movement_key,
    m.source_relation,
    m.movement_type,
    m.document_id,
    m.document_number,
    m.moved_at,
    -- Documents name a bin as a location of its own, "Main: A-01".
    coalesce(b.parent_name, b.name, {{ dbt.split_part('m.location', "': '", 1) }}) as location,
    m.product_id,
    p.product_key,
    m.sku,
    {{ cin7.amount('m.quantity') }} as quantity,
    {{ cin7.amount('m.quantity * coalesce(c.unit_cost, p.unit_cost_base)') }} as value_base
from moved as m
left join {{ ref('cin7', 'int_core__products') }} as p
    on m.source_relation = p.source_relation and m.product_id = p.product_id
left join received_costs as c
    on m.movement_type = 'receipt'
    and m.source_relation = c.source_relation and m.document_id = c.purchase_id and m.product_id = c.product_id
left join locations as b on m.source_relation = b.source_relation and m.location = b.name
where m.quantity <> 0 and coalesce(p.is_stocked, true)
