with restocked as (
    select source_relation, sale_id, task_id, product_id, sum(quantity) as quantity
    from {{ ref('int_core__restocks') }}
    group by source_relation, sale_id, task_id, product_id
),

lines as (
    select
        l.*,
        -- Lines of one product take what was put back in their order.
        coalesce(sum(l.quantity) over (
            partition by l.source_relation, l.sale_id, l.credit_note_task_id, l.product_id
            order by l.line_number
            rows between unbounded preceding and 1 preceding
        ), 0) as before
    from {{ ref('stg_cin7_core__sale_credit_note_lines') }} as l
)

select
    {{ cin7.key('core', ['l.source_relation', 'l.sale_id', 'l.credit_note_task_id', 'l.line_number']) }} as return_line_key,
    l.source_relation,
    n.task_id as credit_note_id,
    n.credit_note_number,
    n.credit_note_date as returned_at,
    o.order_key,
    o.order_number,
    o.customer_key,
    o.location,
    o.channel,
    o.currency,
    coalesce(n.credit_note_conversion_rate, o.currency_rate, 1) as currency_rate,
    l.product_id,
    p.product_key,
    coalesce(p.product_group, l.name) as product_group,
    l.sku,
    l.name as product_name,
    l.quantity,
    greatest(least(coalesce(r.quantity, 0) - l.before, l.quantity), 0) as quantity_restocked,
    l.total - case when o.is_tax_included then coalesce(l.tax, 0) else 0 end as net,
    (l.total - case when o.is_tax_included then coalesce(l.tax, 0) else 0 end)
        * coalesce(n.credit_note_conversion_rate, o.currency_rate, 1) as net_base,
    greatest(least(coalesce(r.quantity, 0) - l.before, l.quantity), 0) * l.average_cost as cost_base
from lines as l
inner join {{ ref('stg_cin7_core__sale_credit_notes') }} as n
    on l.source_relation = n.source_relation and l.sale_id = n.sale_id and l.credit_note_task_id = n.task_id
inner join {{ ref('int_core__orders') }} as o
    on l.source_relation = o.source_relation and l.sale_id = o.order_id
left join restocked as r
    on l.source_relation = r.source_relation and l.sale_id = r.sale_id
    and l.credit_note_task_id = r.task_id and l.product_id = r.product_id
left join {{ ref('int_core__products') }} as p
    on l.source_relation = p.source_relation and l.product_id = p.product_id
where {{ cin7.core_counts('n.status') }}
