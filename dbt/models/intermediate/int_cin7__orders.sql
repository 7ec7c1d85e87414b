{{ config(materialized='view') }}
with omni as (
    select
        o.*,
        {{ cin7.amount('coalesce(g.goods_net, o.header_goods_net)') }} as goods_net,
        {{ cin7.amount('o.freight_net + o.surcharge_net') }} as charges_net,
        {{ cin7.amount('coalesce(g.goods_net, o.header_goods_net) + o.freight_net + o.surcharge_net') }} as document_net,
        g.quantity,
        g.quantity_shipped,
        coalesce(p.amount, 0) as paid
    from {{ ref('cin7', 'int_omni__orders') }} as o
    left join (
        select
            source_relation, order_id, sum(net) as goods_net, sum(quantity) as quantity, sum(quantity_shipped) as quantity_shipped
        from {{ ref('cin7', 'int_omni__order_lines') }}
        group by source_relation, order_id
    ) as g on o.source_relation = g.source_relation and o.order_id = g.order_id
    left join (
        select source_relation, document_id, sum(amount) as amount
        from {{ ref('cin7', 'int_omni__payments') }}
        where document_kind = 'salesorder'
        group by source_relation, document_id
    ) as p on o.source_relation = p.source_relation and o.order_id = p.document_id
),

orders as (
    select
        'omni' as product,
        source_relation,
        order_key,
        cast(order_id as {{ cin7.type_of('text') }}) as order_id,
        order_number,
        ordered_at,
        promised_at,
        dispatched_at as shipped_at,
        invoiced_at,
        state,
        is_sale,
        stage as order_status,
        case
            when state = 'void' then 'void'
            when dispatched_at is not null or (quantity > 0 and quantity_shipped >= quantity) then 'shipped'
            when quantity_shipped > 0 then 'partly_shipped'
            else 'not_shipped'
        end as fulfilment_status,
        case when state = 'void' then 'void' when invoiced_at is not null then 'invoiced' else 'not_invoiced' end as invoice_status,
        case
            when state = 'void' then 'void'
            when paid >= total - 0.005 and total > 0 then 'paid'
            when paid > 0 then 'partly_paid'
            else 'not_paid'
        end as payment_status,
        accounting_status,
        customer_key,
        cast(customer_id as {{ cin7.type_of('text') }}) as customer_id,
        customer_name,
        location,
        channel,
        currency,
        currency_rate,
        base_currency,
        goods_net,
        freight_net,
        charges_net,
        document_net,
        document_net as net,
        {{ cin7.amount('total - document_net') }} as tax,
        total,
        {{ cin7.amount('goods_net * base_rate') }} as goods_net_base,
        {{ cin7.amount('document_net * base_rate') }} as document_net_base,
        {{ cin7.amount('document_net * base_rate') }} as net_base,
        {{ cin7.amount('total * base_rate') }} as total_base,
        modified_at
        {%- for name in cin7.custom_field_names('orders') %},
        {{ name }}
        {%- endfor %}
    from omni
    union all
    select
        'core',
        source_relation,
        order_key,
        order_id,
        order_number,
        ordered_at,
        promised_at,
        shipped_at,
        invoiced_at,
        state,
        is_sale,
        coalesce(status, order_status),
        fulfilment_status,
        invoice_status,
        payment_status,
        {{ cin7.nothing() }},
        customer_key,
        customer_id,
        customer_name,
        location,
        channel,
        currency,
        currency_rate,
        base_currency,
        {{ cin7.amount('coalesce(goods_net, net)') }},
        {{ cin7.nothing('number') }},
        {{ cin7.amount('net - coalesce(goods_net, net)') }},
        net,
        net,
        tax,
        total,
        {{ cin7.amount('coalesce(goods_net, net) * base_rate') }},
        {{ cin7.amount('net * base_rate') }},
        {{ cin7.amount('net * base_rate') }},
        {{ cin7.amount('total * base_rate') }},
        modified_at
        {%- for name in cin7.custom_field_names('orders') %},
        {{ name }}
        {%- endfor %}
    from {{ ref('cin7', 'int_core__orders') }}
)

select
    o.*,
    a.company,
    -- Promised before today or before it left.
    case
        when o.state <> 'approved' or o.promised_at is null then false
        when o.shipped_at is not null then cast(o.shipped_at as date) > cast(o.promised_at as date)
        else cast(o.promised_at as date) < {{ cin7.today() }}
    end as is_late
from orders as o
left join {{ ref('cin7', 'int_cin7__accounts') }} as a
    on o.product = a.product and o.source_relation = a.source_relation
