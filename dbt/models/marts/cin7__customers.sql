{{ config(contract={'enforced': not cin7.custom_field_names('customers')}) }}
-- Customers, and whoever else a document names: so that they add up to all sales.
with contacts as (
    select
        'omni' as product,
        c.source_relation,
        {{ cin7.customer_key('omni', 'c', 'id') }} as customer_key,
        cast(c.id as {{ cin7.type_of('text') }}) as customer_id,
        {{ cin7.omni_name('c') }} as customer_name,
        c.email,
        {{ cin7.nothing() }} as currency,
        c.payment_terms,
        c.price_column as price_tier,
        c.credit_limit,
        c.is_active,
        c.modified_date as modified_at
        {{- cin7.custom_fields('customers', 'omni', 'c') }}
    from {{ ref('cin7', 'stg_cin7_omni__contacts') }} as c
    where lower(coalesce(c.type, 'customer')) = 'customer'
    union all
    select
        'core',
        c.source_relation,
        {{ cin7.customer_key('core', 'c', 'id') }},
        c.id,
        c.name,
        {{ cin7.nothing() }},
        c.currency,
        c.payment_term,
        c.price_tier,
        c.credit_limit,
        upper(coalesce(c.status, '')) <> 'DEPRECATED',
        c.last_modified_on
        {{- cin7.custom_fields('customers', 'core', 'c') }}
    from {{ ref('cin7', 'stg_cin7_core__customers') }} as c
),

documents as (
    {%- for product, model in [
        ('omni', 'int_omni__orders'), ('omni', 'int_omni__credit_notes'), ('core', 'int_core__sales'), ('core', 'int_core__invoices'),
        ('core', 'int_core__credit_notes'),
    ] %}
    select '{{ product }}' as product, source_relation, customer_key, cast(customer_id as {{ cin7.type_of('text') }}) as customer_id, customer_name
    from {{ ref('cin7', model) }}
    union all
    {%- endfor %}
    select product, source_relation, customer_key, customer_id, customer_name
    from {{ ref('cin7', 'int_cin7__receivables') }}
),

others as (
    select
        d.product, d.source_relation, d.customer_key,
        coalesce(max(d.customer_id), '0') as customer_id,
        case when max(d.customer_id) is null then 'Guests' else max(d.customer_name) end as customer_name
    from documents as d
    left join contacts as c on d.customer_key = c.customer_key
    where c.customer_key is null
    group by d.product, d.source_relation, d.customer_key
),

customers as (
    select * from contacts
    union all
    select
        product, source_relation, customer_key, customer_id, customer_name, {{ cin7.nothing() }}, {{ cin7.nothing() }},
        {{ cin7.nothing() }}, {{ cin7.nothing() }}, {{ cin7.nothing('number') }}, {{ cin7.nothing('boolean') }},
        {{ cin7.nothing('timestamp') }}
        {%- for name in cin7.custom_field_names('customers') %}, {{ cin7.nothing() }}{% endfor %}
    from others
),

bought as (
    select
        customer_key,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        count(*) as orders
    from {{ ref('cin7', 'int_cin7__orders') }}
    where state = 'approved'
    group by customer_key
),

sold as (
    select customer_key, sum(net_base) as sales_base, sum(margin_base) as margin_base
    from {{ ref('cin7', 'int_cin7__sales') }}
    group by customer_key
),

owed as (
    select customer_key, sum(outstanding_base) as outstanding_base
    from {{ ref('cin7', 'int_cin7__receivables') }}
    group by customer_key
)

select
    c.*,
    a.company,
    a.base_currency,
    b.first_order_at,
    b.last_order_at,
    coalesce(b.orders, 0) as orders,
    {{ cin7.amount('coalesce(s.sales_base, 0)') }} as sales_base,
    {{ cin7.amount('coalesce(s.margin_base, 0)') }} as margin_base,
    {{ cin7.amount('coalesce(o.outstanding_base, 0)') }} as outstanding_base
from customers as c
left join bought as b on c.customer_key = b.customer_key
left join sold as s on c.customer_key = s.customer_key
left join owed as o on c.customer_key = o.customer_key
left join {{ ref('cin7', 'int_cin7__accounts') }} as a
    on c.product = a.product and c.source_relation = a.source_relation
