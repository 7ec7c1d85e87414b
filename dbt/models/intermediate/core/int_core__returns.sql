with restocked as (
    select source_relation, sale_id, task_id, product_id, sum(quantity) as quantity
    from {{ ref('cin7', 'int_core__restocks') }}
    group by source_relation, sale_id, task_id, product_id
),

-- What came back at cost: by credit note, or for the sale where the movement names another task.
costs as (
    select c.source_relation, c.sale_id, n.task_id, c.product_id, -sum(c.cost_base) as cost_base
    from {{ ref('cin7', 'int_core__sale_costs') }} as c
    left join {{ ref('cin7', 'int_core__credit_notes') }} as n
        on c.source_relation = n.source_relation and c.sale_id = n.sale_id and c.task_id = n.task_id
    where c.is_return
    group by c.source_relation, c.sale_id, n.task_id, c.product_id
),

-- Lines of one product take what was put back in their order.
{{ cin7.taking_lines(
    ref('cin7', 'stg_cin7_core__sale_credit_note_lines'), ['source_relation', 'sale_id', 'credit_note_task_id', 'product_id']
) }},

credited as (
    select
        l.*,
        n.credit_note_number,
        n.returned_at,
        n.order_key,
        n.order_number,
        n.customer_key,
        n.location,
        n.channel,
        n.currency,
        n.currency_rate,
        n.base_currency,
        n.base_rate,
        {{ cin7.core_net('l', 'n.is_tax_included') }} as net,
        least({{ cin7.taken('r.quantity') }}, coalesce(l.quantity, 0)) as restocked,
        sum(l.quantity) over (
            partition by l.source_relation, l.sale_id, l.credit_note_task_id, l.product_id
        ) as credited_by_note,
        sum(l.quantity) over (partition by l.source_relation, l.sale_id, l.product_id) as credited
    from lines as l
    inner join {{ ref('cin7', 'int_core__credit_notes') }} as n
        on l.source_relation = n.source_relation and l.sale_id = n.sale_id and l.credit_note_task_id = n.task_id
    left join restocked as r
        on l.source_relation = r.source_relation and l.sale_id = r.sale_id
        and l.credit_note_task_id = r.task_id and l.product_id = r.product_id
),

costed as (
    select
        c.*,
        case when b.cost_base is not null or s.cost_base is not null then {{ cin7.amount(
            'coalesce(b.cost_base * c.quantity / nullif(c.credited_by_note, 0), 0)'
            ~ ' + coalesce(s.cost_base * c.quantity / nullif(c.credited, 0), 0)'
        ) }} end as cost_of_movements
    from credited as c
    left join costs as b
        on c.source_relation = b.source_relation and c.sale_id = b.sale_id
        and c.credit_note_task_id = b.task_id and c.product_id = b.product_id
    left join costs as s
        on c.source_relation = s.source_relation and c.sale_id = s.sale_id
        and s.task_id is null and c.product_id = s.product_id
)

select
    {{ cin7.key('core', ['c.source_relation', 'c.sale_id', 'c.credit_note_task_id', 'c.line_number']) }} as return_line_key,
    c.source_relation,
    c.credit_note_task_id as credit_note_id,
    c.credit_note_number,
    c.returned_at,
    c.order_key,
    c.order_number,
    c.customer_key,
    c.location,
    c.channel,
    c.currency,
    c.currency_rate,
    c.base_currency,
    c.product_id,
    p.product_key,
    coalesce(p.product_group, c.name) as product_group,
    c.sku,
    c.name as product_name,
    {{ cin7.amount('case when ' ~ cin7.core_has_product('c') ~ ' then coalesce(c.quantity, 0) else 0 end') }} as quantity,
    {{ cin7.amount('c.restocked') }} as quantity_restocked,
    c.net,
    {{ cin7.amount('c.net * c.base_rate') }} as net_base,
    {{ cin7.amount('coalesce(c.cost_of_movements, c.restocked * c.average_cost, 0)') }} as cost_base,
    case
        when c.cost_of_movements is not null then 'movements'
        when coalesce(c.average_cost, 0) <> 0 then 'line'
    end as cost_source,
    c.cost_of_movements is not null or coalesce(c.average_cost, 0) <> 0 as has_cost
from costed as c
left join {{ ref('cin7', 'int_core__products') }} as p
    on c.source_relation = p.source_relation and c.product_id = p.product_id
