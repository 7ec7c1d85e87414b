-- Goods that came and went: of a kit its components move, and not the kit.
with sold as (
    select
        l.source_relation,
        'sale' as movement_type,
        l.order_id as document_id,
        o.order_number as document_number,
        l.order_line_key as line_key,
        o.moved_at,
        o.location,
        l.product_id,
        l.product_key,
        l.sku,
        -l.quantity_shipped as quantity,
        l.unit_cost_base
    from {{ ref('cin7', 'int_omni__sales_lines') }} as l
    inner join {{ ref('cin7', 'int_omni__orders') }} as o
        on l.source_relation = o.source_relation and l.order_id = o.order_id
    where l.is_leaf and l.has_product and o.state = 'approved'
),

returned as (
    select
        l.source_relation,
        'return' as movement_type,
        l.credit_note_id as document_id,
        n.credit_note_number as document_number,
        l.return_line_key as line_key,
        n.returned_at as moved_at,
        n.location,
        l.product_id,
        l.product_key,
        l.sku,
        l.quantity_restocked as quantity,
        l.unit_cost_base
    from {{ ref('cin7', 'int_omni__credit_note_lines') }} as l
    inner join {{ ref('cin7', 'int_omni__credit_notes') }} as n
        on l.source_relation = n.source_relation and l.credit_note_id = n.credit_note_id
    where l.is_leaf and l.has_product and n.state = 'approved'
),

received as (
    select
        l.source_relation,
        'receipt' as movement_type,
        l.purchase_id as document_id,
        p.purchase_number as document_number,
        l.purchase_line_key as line_key,
        p.moved_at,
        p.location,
        l.product_id,
        l.product_key,
        l.sku,
        l.quantity_received as quantity,
        -- Without tax and after all discounts, as purchase lines are.
        {{ cin7.amount('l.net_base / nullif(l.quantity, 0)') }} as unit_cost_base
    from {{ ref('cin7', 'int_omni__purchase_order_lines') }} as l
    inner join {{ ref('cin7', 'int_omni__purchases') }} as p
        on l.source_relation = p.source_relation and l.purchase_id = p.purchase_id
    where l.is_leaf and l.has_product and p.state = 'approved'
),

adjustments as (
    select
        a.*,
        {{ cin7.local_time('omni', 'a', 'completed_date') }} as completed_at,
        {{ cin7.local_time('omni', 'a', 'created_date') }} as created_at
    from {{ ref('cin7', 'stg_cin7_omni__adjustments') }} as a
    where a.is_approved
),

adjusted as (
    select
        l.source_relation,
        'adjustment' as movement_type,
        l.adjustment_id as document_id,
        a.reference as document_number,
        {{ cin7.key('omni', ['l.source_relation', 'l.adjustment_id', 'l.id', 'l.repetition']) }} as line_key,
        coalesce(a.completed_at, a.created_at) as moved_at,
        b.company as location,
        l.product_id,
        l.product_option_id,
        l.code as sku,
        l.qty_adjusted as quantity,
        l.unit_cost as unit_cost_base
    from {{ ref('cin7', 'stg_cin7_omni__adjustment_lines') }} as l
    inner join adjustments as a
        on l.source_relation = a.source_relation and l.adjustment_id = a.id
    left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
        on a.source_relation = b.source_relation and a.branch_id = b.id
    where not exists (
        select 1 from {{ ref('cin7', 'stg_cin7_omni__adjustment_lines') }} as c
        where l.source_relation = c.source_relation and l.adjustment_id = c.adjustment_id and l.id > 0 and l.id = c.parent_id
    )
),

transfers as (
    select
        t.*,
        {{ cin7.local_time('omni', 't', 'dispatched_date') }} as dispatched_at,
        {{ cin7.local_time('omni', 't', 'received_date') }} as received_at
    from {{ ref('cin7', 'stg_cin7_omni__branch_transfers') }} as t
    where t.is_approved
),

transferred as (
    {%- for movement, sign, at, branch in [
        ('transfer_out', '-', 'dispatched_at', 'source_branch_id'), ('transfer_in', '', 'received_at', 'destination_branch_id'),
    ] %}
    select
        l.source_relation,
        '{{ movement }}' as movement_type,
        l.transfer_id as document_id,
        t.reference as document_number,
        {{ cin7.key('omni', ['l.source_relation', 'l.transfer_id', 'l.id', 'l.repetition']) }} as line_key,
        t.{{ at }} as moved_at,
        b.company as location,
        l.product_id,
        l.product_option_id,
        l.code as sku,
        {{ sign }}coalesce(l.qty_transferred, l.qty) as quantity,
        l.unit_cost as unit_cost_base
    from {{ ref('cin7', 'stg_cin7_omni__branch_transfer_lines') }} as l
    inner join transfers as t
        on l.source_relation = t.source_relation and l.transfer_id = t.id
    left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
        on t.source_relation = b.source_relation and t.{{ branch }} = b.id
    where t.{{ at }} is not null and not exists (
        select 1 from {{ ref('cin7', 'stg_cin7_omni__branch_transfer_lines') }} as c
        where l.source_relation = c.source_relation and l.transfer_id = c.transfer_id and l.id > 0 and l.id = c.parent_id
    )
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

jobs as (
    select
        j.*,
        {{ cin7.local_time('omni', 'j', 'completed_date') }} as completed_at,
        b.company as location
    from {{ ref('cin7', 'stg_cin7_omni__production_jobs') }} as j
    left join {{ ref('cin7', 'stg_cin7_omni__branches') }} as b
        on j.source_relation = b.source_relation and j.branch_id = b.id
    where coalesce(j.is_approved, true) and j.completed_date is not null
),

made as (
    select
        j.source_relation, j.id, j.reference, j.completed_at, j.location, {{ cin7.element('m') }} as value,
        {{ cin7.field(cin7.element('m'), 'productId', 'integer') }} as product_id,
        {{ cin7.field(cin7.element('m'), 'productOptionId', 'integer') }} as product_option_id,
        {{ cin7.field(cin7.element('m'), 'code') }} as sku,
        coalesce({{ cin7.field(cin7.element('m'), 'actualQty', 'number') }}, {{ cin7.field(cin7.element('m'), 'standardQty', 'number') }}) as quantity,
        {{ cin7.field(cin7.element('m'), 'unitCost', 'number') }} as unit_cost_base,
        {{ cin7.field(cin7.element('m'), 'id') }} as line_id
    from jobs as j
    {{ cin7.each('j.products', 'm') }}
),

used as (
    select
        m.source_relation, m.id, m.reference, m.completed_at, m.location,
        {{ cin7.field(cin7.element('c'), 'productId', 'integer') }} as product_id,
        {{ cin7.field(cin7.element('c'), 'productOptionId', 'integer') }} as product_option_id,
        {{ cin7.field(cin7.element('c'), 'code') }} as sku,
        {{ cin7.field(cin7.element('c'), 'qty', 'number') }} as quantity,
        {{ cin7.field(cin7.element('c'), 'unitCost', 'number') }} as unit_cost_base,
        m.line_id,
        {{ cin7.field(cin7.element('c'), 'id') }} as component_id
    from made as m
    {{ cin7.each(cin7.member(cin7.element('m'), 'components'), 'c') }}
),

-- What a job makes comes in, what goes into it leaves.
produced as (
    select
        source_relation, 'production_in' as movement_type, id as document_id, reference as document_number,
        {{ cin7.key('omni', ['source_relation', 'id', "coalesce(line_id, '')", "coalesce(sku, '')"]) }} as line_key,
        max(completed_at) as moved_at, max(location) as location, max(product_id) as product_id,
        max(product_option_id) as product_option_id, sku, sum(quantity) as quantity, max(unit_cost_base) as unit_cost_base
    from made
    group by source_relation, id, reference, line_id, sku
    union all
    select
        source_relation, 'production_out', id, reference,
        {{ cin7.key('omni', ['source_relation', 'id', "coalesce(line_id, '')", "coalesce(component_id, '')", "coalesce(sku, '')"]) }},
        max(completed_at), max(location), max(product_id), max(product_option_id), sku, -sum(quantity), max(unit_cost_base)
    from used
    group by source_relation, id, reference, line_id, component_id, sku
),

named as (
    {%- for one in ['adjusted', 'transferred', 'produced'] %}
    select * from {{ one }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

moved as (
    {%- for one in ['sold', 'returned', 'received'] %}
    select * from {{ one }}
    union all
    {%- endfor %}
    select
        n.source_relation, n.movement_type, n.document_id, n.document_number, n.line_key, n.moved_at, n.location,
        n.product_id, coalesce(s.product_key, o.product_key, c.product_key), n.sku, n.quantity, n.unit_cost_base
    from named as n
    left join {{ ref('cin7', 'int_omni__skus') }} as s
        on n.source_relation = s.source_relation and n.product_option_id = s.option_id and n.sku = s.sku
    left join {{ ref('cin7', 'int_omni__options') }} as o
        on n.source_relation = o.source_relation and n.product_option_id = o.option_id
    left join {{ ref('cin7', 'int_omni__codes') }} as c
        on n.source_relation = c.source_relation and n.sku = c.sku and coalesce(n.product_option_id, 0) = 0
)

select
    {{ cin7.key('omni', ['m.source_relation', 'm.movement_type', 'm.document_id']) }}
        || ':' || replace(m.line_key, {{ cin7.key('omni', ['m.source_relation', 'm.document_id']) }} || ':', '') as movement_key,
    m.source_relation,
    m.movement_type,
    m.document_id,
    m.document_number,
    m.moved_at,
    m.location,
    m.product_id,
    m.product_key,
    m.sku,
    {{ cin7.amount('m.quantity') }} as quantity,
    {{ cin7.amount('m.quantity * m.unit_cost_base') }} as value_base
from moved as m
left join {{ ref('cin7', 'int_omni__products') }} as p on m.product_key = p.product_key
where m.quantity <> 0 and coalesce(p.is_stocked, true)
