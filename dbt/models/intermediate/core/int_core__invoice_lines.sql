-- Lines of invoices that count, at the cost of what the sale's movements say: Core costs by FIFO, FEFO
-- or batch, and the average on a line is no more than information.
with lines as (
    select
        l.*,
        i.order_key,
        i.invoice_number,
        i.invoiced_at,
        i.customer_key,
        i.location,
        i.channel,
        i.currency,
        i.currency_rate,
        i.base_currency,
        i.base_rate,
        {{ cin7.core_net('l', 'i.is_tax_included') }} as net,
        p.product_key,
        coalesce(p.product_group, l.name) as product_group,
        coalesce(p.is_stocked, true) as is_stocked
    from {{ ref('cin7', 'stg_cin7_core__sale_invoice_lines') }} as l
    inner join {{ ref('cin7', 'int_core__invoices') }} as i
        on l.source_relation = i.source_relation and l.sale_id = i.sale_id and l.invoice_task_id = i.task_id
    left join {{ ref('cin7', 'int_core__products') }} as p
        on l.source_relation = p.source_relation and l.product_id = p.product_id
),

-- Units of each product of a sale, as they were ordered, shipped and invoiced.
units as (
    select
        source_relation, sale_id, product_id,
        sum(ordered) as ordered, sum(shipped) as shipped, sum(invoiced) as invoiced
    from (
        select source_relation, sale_id, product_id, quantity as ordered, 0 as shipped, 0 as invoiced
        from {{ ref('cin7', 'stg_cin7_core__sale_order_lines') }}
        union all
        select source_relation, sale_id, product_id, 0, quantity, 0 from {{ ref('cin7', 'int_core__shipped') }}
        union all
        select source_relation, sale_id, product_id, 0, 0, quantity from lines
    ) as each
    where product_id is not null
    group by source_relation, sale_id, product_id
),

costs as (
    select source_relation, sale_id, product_id, sum(cost_base) as cost_base
    from {{ ref('cin7', 'int_core__sale_costs') }}
    where not is_return
    group by source_relation, sale_id, product_id
),

-- The cost of a unit: of all that was shipped, or of all that was ordered where nobody says what was.
unit_costs as (
    select
        u.source_relation, u.sale_id, u.product_id,
        cast(c.cost_base as {{ cin7.type_of('rate') }})
            / nullif(greatest(u.invoiced, coalesce(nullif(u.shipped, 0), u.ordered)), 0) as unit_cost
    from units as u
    inner join costs as c
        on u.source_relation = c.source_relation and u.sale_id = c.sale_id and u.product_id = c.product_id
),

-- What moved under a product that no line names are components of a kit: they cost what the kit costs.
components as (
    select c.source_relation, c.sale_id, sum(c.cost_base) as cost_base
    from costs as c
    left join units as u
        on c.source_relation = u.source_relation and c.sale_id = u.sale_id and c.product_id = u.product_id
    where u.product_id is null
    group by c.source_relation, c.sale_id
),

weighed as (
    select
        l.*,
        u.unit_cost,
        {{ cin7.amount('l.quantity * u.unit_cost') }} as moved_cost,
        k.cost_base as components_cost,
        case when u.unit_cost is null and l.is_stocked then l.net else 0 end as weight,
        cast(n.invoiced as {{ cin7.type_of('rate') }}) / nullif(greatest(n.invoiced, n.ordered), 0) as invoiced_part
    from lines as l
    left join unit_costs as u
        on l.source_relation = u.source_relation and l.sale_id = u.sale_id and l.product_id = u.product_id
    left join units as n
        on l.source_relation = n.source_relation and l.sale_id = n.sale_id and l.product_id = n.product_id
    left join components as k
        on l.source_relation = k.source_relation and l.sale_id = k.sale_id
),

costed as (
    select
        w.*,
        case
            when w.moved_cost is not null then w.moved_cost
            when w.components_cost is not null and w.weight <> 0 then {{ cin7.amount(
                'w.components_cost * w.weight'
                ~ ' / sum(w.weight / w.invoiced_part) over (partition by w.source_relation, w.sale_id)'
            ) }}
        end as cost_of_movements
    from weighed as w
)

select
    {{ cin7.key('core', ['source_relation', 'sale_id', 'invoice_task_id', 'line_number']) }} as invoice_line_key,
    order_key,
    invoice_task_id as invoice_id,
    invoice_number,
    invoiced_at,
    customer_key,
    location,
    channel,
    currency,
    currency_rate,
    base_currency,
    source_relation,
    line_number,
    product_id,
    product_key,
    product_group,
    sku,
    name as product_name,
    {{ cin7.amount('case when ' ~ cin7.core_has_product('costed') ~ ' then coalesce(quantity, 0) else 0 end') }} as quantity,
    price as unit_price,
    net,
    tax,
    {{ cin7.amount('net * base_rate') }} as net_base,
    {{ cin7.amount('coalesce(cost_of_movements, quantity * average_cost, 0)') }} as cost_base,
    case
        when cost_of_movements is not null then 'movements'
        when coalesce(average_cost, 0) <> 0 then 'line'
    end as cost_source,
    cost_of_movements is not null or coalesce(average_cost, 0) <> 0 as has_cost
from costed
