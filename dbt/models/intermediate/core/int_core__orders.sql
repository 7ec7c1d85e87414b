-- Sales orders, with what fulfilments and invoices say of them.
with invoiced as (
    select source_relation, sale_id, min(invoiced_at) as invoiced_at
    from {{ ref('cin7', 'int_core__invoices') }}
    group by source_relation, sale_id
),

shipped as (
    select source_relation, sale_id, max(shipped_at) as shipped_at
    from {{ ref('cin7', 'int_core__shipped') }}
    group by source_relation, sale_id
),

goods as (
    select
        l.source_relation, l.sale_id,
        {{ cin7.amount('sum(' ~ cin7.core_net('l', 'coalesce(s.is_tax_included, false)') ~ ')') }} as goods_net
    from {{ ref('cin7', 'stg_cin7_core__sale_order_lines') }} as l
    left join {{ ref('cin7', 'int_core__sales') }} as s
        on l.source_relation = s.source_relation and l.sale_id = s.order_id
    group by l.source_relation, l.sale_id
)

select
    s.*,
    i.invoiced_at,
    h.shipped_at,
    s.state = 'approved' and i.invoiced_at is not null as is_sale,
    g.goods_net
from {{ ref('cin7', 'int_core__sales') }} as s
left join invoiced as i on s.source_relation = i.source_relation and s.order_id = i.sale_id
left join shipped as h on s.source_relation = h.source_relation and s.order_id = h.sale_id
left join goods as g on s.source_relation = g.source_relation and s.order_id = g.sale_id
where s.is_order
