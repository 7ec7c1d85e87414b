with notes as (
    select
        *,
        {{ cin7.omni_tax_divisor() }} as tax_divisor,
        {{ cin7.omni_kept() }} as kept
    from {{ ref('stg_cin7_omni__credit_notes') }} as n
    where {{ cin7.omni_state('n') }} = 'approved'
)

select
    {{ cin7.key('omni', ['l.source_relation', 'l.credit_note_id', 'l.id', 'l.repetition']) }} as return_line_key,
    l.source_relation,
    n.id as credit_note_id,
    n.reference as credit_note_number,
    n.credit_note_date as returned_at,
    n.sales_reference as order_number,
    {{ cin7.key('omni', ['l.source_relation', 'n.member_id']) }} as customer_key,
    n.branch_id as location_id,
    b.company as location,
    coalesce(n.source, n.project_name) as channel,
    n.currency_code as currency,
    n.currency_rate,
    l.product_id,
    s.product_key,
    coalesce(s.product_group, l.name) as product_group,
    l.code as sku,
    l.name as product_name,
    l.qty as quantity,
    -- What is back on the shelf is shipped; the rest has cost its money all the same.
    coalesce(l.qty_shipped, 0) as quantity_restocked,
    (l.qty * l.unit_price - coalesce(l.discount, 0)) * n.kept / n.tax_divisor as net,
    {{ cin7.omni_base(
        '(l.qty * l.unit_price - coalesce(l.discount, 0)) * n.kept / n.tax_divisor', 'n.currency_rate'
    ) }} as net_base,
    coalesce(l.qty_shipped, 0) * l.unit_cost as cost_base
from {{ ref('stg_cin7_omni__credit_note_lines') }} as l
inner join notes as n on l.source_relation = n.source_relation and l.credit_note_id = n.id
left join {{ ref('stg_cin7_omni__branches') }} as b
    on n.source_relation = b.source_relation and n.branch_id = b.id
left join {{ ref('int_omni__skus') }} as s
    on l.source_relation = s.source_relation and l.product_option_id = s.option_id and l.code = s.sku
where coalesce(l.parent_id, 0) = 0
