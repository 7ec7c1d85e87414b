-- Goods move as components: of an exploded kit the components count, and not the kit.
with kits as (
    select distinct source_relation, order_id, parent_id
    from {{ ref('stg_cin7_omni__sales_order_lines') }}
    where parent_id > 0
),

sold as (
    select
        l.source_relation,
        'sale' as movement_type,
        l.order_id as document_id,
        o.reference as document_number,
        l.id as line_id,
        l.repetition,
        coalesce(o.dispatched_date, o.modified_cogs_date, o.modified_date) as moved_at,
        o.branch_id as location_id,
        l.product_id,
        l.product_option_id,
        l.code as sku,
        -l.qty_shipped as quantity,
        l.unit_cost as unit_cost_base
    from {{ ref('stg_cin7_omni__sales_order_lines') }} as l
    inner join {{ ref('stg_cin7_omni__sales_orders') }} as o
        on l.source_relation = o.source_relation and l.order_id = o.id
    left join kits as k
        on l.source_relation = k.source_relation and l.order_id = k.order_id and l.id = k.parent_id
    where k.order_id is null and {{ cin7.omni_state('o', 'o.is_void') }} = 'approved'
),

returned as (
    select
        l.source_relation,
        'return' as movement_type,
        l.credit_note_id as document_id,
        o.reference as document_number,
        l.id as line_id,
        l.repetition,
        coalesce(o.credit_note_date, o.completed_date, o.modified_date) as moved_at,
        o.branch_id as location_id,
        l.product_id,
        l.product_option_id,
        l.code as sku,
        l.qty_shipped as quantity,
        l.unit_cost as unit_cost_base
    from {{ ref('stg_cin7_omni__credit_note_lines') }} as l
    inner join {{ ref('stg_cin7_omni__credit_notes') }} as o
        on l.source_relation = o.source_relation and l.credit_note_id = o.id
    where {{ cin7.omni_state('o') }} = 'approved'
),

received as (
    select
        l.source_relation,
        'receipt' as movement_type,
        l.order_id as document_id,
        o.reference as document_number,
        l.id as line_id,
        l.repetition,
        coalesce(o.fully_received_date, o.modified_date) as moved_at,
        o.branch_id as location_id,
        l.product_id,
        l.product_option_id,
        l.code as sku,
        l.qty_shipped as quantity,
        {{ cin7.omni_base('l.unit_price', 'o.currency_rate') }} as unit_cost_base
    from {{ ref('stg_cin7_omni__purchase_order_lines') }} as l
    inner join {{ ref('stg_cin7_omni__purchase_orders') }} as o
        on l.source_relation = o.source_relation and l.order_id = o.id
    where {{ cin7.omni_state('o', 'o.is_void') }} = 'approved'
),

adjusted as (
    select
        l.source_relation,
        'adjustment' as movement_type,
        l.adjustment_id as document_id,
        o.reference as document_number,
        l.id as line_id,
        l.repetition,
        coalesce(o.completed_date, o.created_date) as moved_at,
        o.branch_id as location_id,
        l.product_id,
        l.product_option_id,
        l.code as sku,
        l.qty_adjusted as quantity,
        l.unit_cost as unit_cost_base
    from {{ ref('stg_cin7_omni__adjustment_lines') }} as l
    inner join {{ ref('stg_cin7_omni__adjustments') }} as o
        on l.source_relation = o.source_relation and l.adjustment_id = o.id
    where o.is_approved
),

transfers as (
    select
        l.source_relation,
        l.transfer_id as document_id,
        o.reference as document_number,
        l.id as line_id,
        l.repetition,
        o.dispatched_date,
        o.received_date,
        o.source_branch_id,
        o.destination_branch_id,
        l.product_id,
        l.product_option_id,
        l.code as sku,
        coalesce(l.qty_transferred, l.qty) as quantity,
        l.unit_cost as unit_cost_base
    from {{ ref('stg_cin7_omni__branch_transfer_lines') }} as l
    inner join {{ ref('stg_cin7_omni__branch_transfers') }} as o
        on l.source_relation = o.source_relation and l.transfer_id = o.id
    where o.is_approved
),

moved as (
    select * from sold
    union all
    select * from returned
    union all
    select * from received
    union all
    select * from adjusted
    union all
    select
        source_relation, 'transfer_out', document_id, document_number, line_id, repetition,
        dispatched_date, source_branch_id, product_id, product_option_id, sku, -quantity, unit_cost_base
    from transfers
    where dispatched_date is not null
    union all
    select
        source_relation, 'transfer_in', document_id, document_number, line_id, repetition,
        received_date, destination_branch_id, product_id, product_option_id, sku, quantity, unit_cost_base
    from transfers
    where received_date is not null
)

select
    {{ cin7.key('omni', ['m.source_relation', 'm.movement_type', 'm.document_id', 'm.line_id', 'm.repetition']) }} as movement_key,
    m.source_relation,
    m.movement_type,
    m.document_id,
    m.document_number,
    m.moved_at,
    b.company as location,
    m.product_id,
    s.product_key,
    m.sku,
    m.quantity,
    m.quantity * m.unit_cost_base as value_base
from moved as m
left join {{ ref('stg_cin7_omni__branches') }} as b
    on m.source_relation = b.source_relation and m.location_id = b.id
left join {{ ref('int_omni__skus') }} as s
    on m.source_relation = s.source_relation and m.product_option_id = s.option_id and m.sku = s.sku
where m.quantity <> 0
