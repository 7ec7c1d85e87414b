with customers as (
    select
        'omni' as product,
        source_relation,
        {{ cin7.key('omni', ['source_relation', 'id']) }} as customer_key,
        cast(id as {{ cin7.type_of('text') }}) as customer_id,
        coalesce(company, nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')) as customer_name,
        email,
        {{ cin7.nothing() }} as currency,
        payment_terms,
        price_column as price_tier,
        credit_limit,
        is_active,
        modified_date as modified_at
    from {{ ref('stg_cin7_omni__contacts') }}
    where lower(coalesce(type, 'customer')) = 'customer'
    union all
    select
        'core',
        source_relation,
        {{ cin7.key('core', ['source_relation', 'id']) }},
        id,
        name,
        {{ cin7.nothing() }},
        currency,
        payment_term,
        price_tier,
        credit_limit,
        upper(coalesce(status, '')) <> 'DEPRECATED',
        last_modified_on
    from {{ ref('stg_cin7_core__customers') }}
),

bought as (
    select
        customer_key,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        count(*) as orders
    from {{ ref('orders') }}
    where state = 'approved'
    group by customer_key
),

sold as (
    select customer_key, sum(net_base) as sales_base
    from (
        select customer_key, net_base from {{ ref('invoice_lines') }}
        union all
        select customer_key, -net_base from {{ ref('returns') }}
    ) as lines
    group by customer_key
),

owed as (
    select customer_key, sum(outstanding_base) as outstanding_base
    from {{ ref('receivables') }}
    group by customer_key
)

select
    c.*,
    b.first_order_at,
    b.last_order_at,
    coalesce(b.orders, 0) as orders,
    coalesce(s.sales_base, 0) as sales_base,
    coalesce(o.outstanding_base, 0) as outstanding_base
from customers as c
left join bought as b on c.customer_key = b.customer_key
left join sold as s on c.customer_key = s.customer_key
left join owed as o on c.customer_key = o.customer_key
