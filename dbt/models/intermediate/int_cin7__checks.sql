-- What should be equal, one row a document: is_off says that it is not.
{%- set text = cin7.type_of('text') %}
{%- set core_lines = [
    ('sale_order_lines', 'sales', 'sale_id', 'id', none, none),
    ('sale_invoice_lines', 'sale_invoices', 'sale_id', 'sale_id', 'invoice_task_id', 'task_id'),
    ('sale_invoices', 'sales', 'sale_id', 'id', none, none),
    ('sale_credit_note_lines', 'sale_credit_notes', 'sale_id', 'sale_id', 'credit_note_task_id', 'task_id'),
    ('sale_credit_notes', 'sales', 'sale_id', 'id', none, none),
    ('sale_fulfilment_lines', 'sale_fulfilments', 'sale_id', 'sale_id', 'fulfilment_task_id', 'task_id'),
    ('sale_inventory_movements', 'sales', 'sale_id', 'id', none, none),
    ('purchase_order_lines', 'purchases', 'purchase_id', 'id', none, none),
    ('purchase_receipt_lines', 'purchases', 'purchase_id', 'id', none, none),
    ('purchase_invoices', 'purchases', 'purchase_id', 'id', none, none),
    ('purchase_credit_notes', 'purchases', 'purchase_id', 'id', none, none),
    ('stock_adjustment_lines', 'stock_adjustments', 'task_id', 'task_id', none, none),
    ('stocktake_lines', 'stocktakes', 'task_id', 'task_id', none, none),
    ('stock_transfer_lines', 'stock_transfers', 'task_id', 'task_id', none, none),
] %}
{%- set omni_lines = [
    ('sales_order_lines', 'sales_orders', 'order_id'),
    ('credit_note_lines', 'credit_notes', 'credit_note_id'),
    ('purchase_order_lines', 'purchase_orders', 'order_id'),
    ('adjustment_lines', 'adjustments', 'adjustment_id'),
    ('branch_transfer_lines', 'branch_transfers', 'transfer_id'),
] %}
-- total = goods + charges + tax: settles what totals and prices hold.
with omni_totals as (
    select
        o.source_relation,
        o.order_id,
        sum({{ cin7.amount('l.net * (case when o.is_exempt then 1 else 1 + l.tax_rate / 100 end)') }}) as goods
    from (
        select source_relation, id as order_id, lower(coalesce(tax_status, '')) = 'exempt' as is_exempt
        from {{ ref('cin7', 'stg_cin7_omni__sales_orders') }}
    ) as o
    inner join {{ ref('cin7', 'int_omni__order_lines') }} as l
        on o.source_relation = l.source_relation and o.order_id = l.order_id
    group by o.source_relation, o.order_id
),

order_totals as (
    select
        'order_totals' as check_name, 'omni' as product, o.source_relation, coalesce(o.order_number, cast(o.order_id as {{ text }})) as document,
        o.total as expected,
        {{ cin7.amount(
            't.goods + (o.freight_net + o.surcharge_net) * (1 + case when s.is_exempt then 0 else coalesce(o.tax_rate, 0) end / 100)'
        ) }} as found
    from {{ ref('cin7', 'int_omni__orders') }} as o
    inner join omni_totals as t on o.source_relation = t.source_relation and o.order_id = t.order_id
    inner join (
        select source_relation, id, lower(coalesce(tax_status, '')) = 'exempt' as is_exempt
        from {{ ref('cin7', 'stg_cin7_omni__sales_orders') }}
    ) as s on o.source_relation = s.source_relation and o.order_id = s.id
    where o.total is not null and o.state = 'approved'
    union all
    select
        'order_totals', 'core', i.source_relation, coalesce(i.invoice_number, i.task_id), i.total,
        coalesce(l.net, 0) + coalesce(c.net, 0) + coalesce(i.tax, 0)
    from {{ ref('cin7', 'int_core__invoices') }} as i
    left join (
        select source_relation, invoice_id, sum(net) as net
        from {{ ref('cin7', 'int_core__invoice_lines') }}
        group by source_relation, invoice_id
    ) as l on i.source_relation = l.source_relation and i.task_id = l.invoice_id
    left join (
        select
            v.source_relation, v.task_id,
            sum(
                coalesce({{ cin7.field(cin7.element('e'), 'Total', 'number') }}, 0)
                - case when v.is_tax_included then coalesce({{ cin7.field(cin7.element('e'), 'Tax', 'number') }}, 0) else 0 end
            ) as net
        from {{ ref('cin7', 'int_core__invoices') }} as v
        {{ cin7.each('v.additional_charges', 'e') }}
        group by v.source_relation, v.task_id
    ) as c on i.source_relation = c.source_relation and i.task_id = c.task_id
    where i.total is not null
),

-- What is owed, against the ledger's debtor and creditor accounts; deposits lie in accounts of their own.
partner_accounts as (
    select distinct source_relation, 'receivables_ledger' as check_name, account_receivable as code
    from {{ ref('cin7', 'stg_cin7_core__customers') }}
    where account_receivable is not null
    union all
    select distinct source_relation, 'payables_ledger', account_payable
    from {{ ref('cin7', 'stg_cin7_core__suppliers') }}
    where account_payable is not null
),

balances as (
    select a.check_name, l.source_relation, sum(l.balance_change) as balance
    from {{ ref('cin7', 'int_cin7__general_ledger') }} as l
    inner join partner_accounts as a on l.source_relation = a.source_relation and l.account_code = a.code
    where cast(l.posted_at as date) <= {{ cin7.today() }}
    group by a.check_name, l.source_relation
),

owed as (
    {%- for check, mart, sign in [('receivables_ledger', 'int_cin7__receivables', ''), ('payables_ledger', 'int_cin7__payables', '-')] %}
    select
        b.check_name, 'core' as product, b.source_relation, 'all' as document, b.balance as expected,
        {{ sign }}coalesce(sum(r.outstanding_base), 0) as found
    from balances as b
    left join {{ ref('cin7', mart) }} as r
        on b.source_relation = r.source_relation and r.product = 'core' and r.document_type <> 'deposit'
    where b.check_name = '{{ check }}'
    group by b.check_name, b.source_relation, b.balance
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- The cost of each sale, against what Core says that it was. That is what left: goods that came back are
-- a task of their own, and what one task takes back of itself never left.
costs as (
    select source_relation, document_sale, sum(cost_base) as cost_base
    from (
        select
            m.source_relation, m.sale_id as document_sale,
            case when sum(m.cogs) > 0 then sum(m.cogs) else 0 end as cost_base
        from {{ ref('cin7', 'stg_cin7_core__sale_inventory_movements') }} as m
        group by m.source_relation, m.sale_id, m.task_id
    ) as each_task
    group by source_relation, document_sale
),

cogs_amount as (
    select
        'cogs_amount' as check_name, 'core' as product, s.source_relation, coalesce(s.order_number, s.order_id) as document,
        s.cogs_amount as expected, c.cost_base as found
    from {{ ref('cin7', 'int_core__sales') }} as s
    inner join costs as c on s.source_relation = c.source_relation and s.order_id = c.document_sale
    where s.cogs_amount is not null and s.state = 'approved'
),

-- What is on hand, against all that came and went.
moved as (
    select product, source_relation, coalesce(product_key, product_id) as item, coalesce(location, '') as location, sum(quantity) as quantity, max(sku) as sku
    from (
        {{ cin7.union_products('inventory_movements', ['product_key', 'product_id', 'sku', 'location', 'quantity']) }}
    ) as movements
    group by product, source_relation, coalesce(product_key, product_id), coalesce(location, '')
),

on_hand as (
    select product, source_relation, coalesce(product_key, product_id) as item, coalesce(location, '') as location, sum(on_hand) as quantity, max(sku) as sku
    from {{ ref('cin7', 'int_cin7__stock_levels') }}
    group by product, source_relation, coalesce(product_key, product_id), coalesce(location, '')
),

stock_movements as (
    select
        'stock_movements' as check_name,
        coalesce(h.product, m.product) as product,
        coalesce(h.source_relation, m.source_relation) as source_relation,
        coalesce(h.sku, m.sku, h.item, m.item) || ' in ' || coalesce(h.location, m.location) as document,
        coalesce(h.quantity, 0) as expected,
        coalesce(m.quantity, 0) as found
    from on_hand as h
    full outer join moved as m
        on h.product = m.product and h.source_relation = m.source_relation and h.item = m.item and h.location = m.location
    where
        exists (select 1 from on_hand as o where o.source_relation = coalesce(h.source_relation, m.source_relation))
        and exists (select 1 from moved as o where o.source_relation = coalesce(h.source_relation, m.source_relation))
),

negative_stock as (
    select
        'negative_stock' as check_name, product, source_relation, coalesce(sku, product_id) || ' in ' || coalesce(location, '') as document,
        0 as expected, on_hand as found
    from {{ ref('cin7', 'int_cin7__stock_levels') }}
    where on_hand < 0
),

-- Money that no product and no cost belongs to.
lines_without_product as (
    select
        'lines_without_product' as check_name, product, source_relation,
        coalesce(document_number, document_id) || ' ' || coalesce(product_name, sku, '') as document, 0 as expected, net as found
    from {{ ref('cin7', 'int_cin7__sales') }}
    where product_key is null and net <> 0
),

lines_without_cost as (
    select
        'lines_without_cost' as check_name, s.product, s.source_relation,
        coalesce(s.document_number, s.document_id) || ' ' || coalesce(s.sku, s.product_name, '') as document, 0 as expected, s.net as found
    from {{ ref('cin7', 'int_cin7__sales') }} as s
    left join {{ ref('cin7', 'int_cin7__products') }} as p on s.product_key = p.product_key
    where not s.has_cost and s.units <> 0 and coalesce(p.is_stocked, true)
),

-- Documents without any date: their sales lie on no day.
no_day as (
    select
        'no_day' as check_name, product, source_relation, coalesce(document_number, document_id) as document, 0 as expected, count(*) as found
    from {{ ref('cin7', 'int_cin7__sales') }}
    where day is null
    group by product, source_relation, coalesce(document_number, document_id)
),

-- Rows that belong to a document which is not loaded: marts need both.
lines_dropped as (
    {%- for lines, parent, key in omni_lines %}
    select
        'lines_dropped' as check_name, 'omni' as product, l.source_relation,
        '{{ lines }} of ' || cast(l.{{ key }} as {{ text }}) as document, count(*) as expected, 0 as found
    from {{ ref('cin7', 'stg_cin7_omni__' ~ lines) }} as l
    left join {{ ref('cin7', 'stg_cin7_omni__' ~ parent) }} as p on l.source_relation = p.source_relation and l.{{ key }} = p.id
    where p.id is null
    group by l.source_relation, l.{{ key }}
    union all
    {%- endfor %}
    {%- for lines, parent, key, parent_key, own_task, parent_task in core_lines %}
    select
        'lines_dropped', 'core', l.source_relation,
        '{{ lines }} of ' || l.{{ own_task or key }}, count(*), 0
    from {{ ref('cin7', 'stg_cin7_core__' ~ lines) }} as l
    left join {{ ref('cin7', 'stg_cin7_core__' ~ parent) }} as p
        on l.source_relation = p.source_relation and l.{{ key }} = p.{{ parent_key }}
        {%- if own_task %} and l.{{ own_task }} = p.{{ parent_task }}{% endif %}
    where p.{{ parent_key }} is null
    group by l.source_relation, l.{{ own_task or key }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Documents whose lines are fewer than their header says.
lines_missing as (
    {%- for lines, parent, key in omni_lines[:3] %}
    select
        'lines_missing' as check_name, 'omni' as product, p.source_relation, coalesce(p.reference, cast(p.id as {{ text }})) as document,
        {{ cin7.length('p.line_items') }} as expected, coalesce(l.lines, 0) as found
    from {{ ref('cin7', 'stg_cin7_omni__' ~ parent) }} as p
    left join (
        select source_relation, {{ key }}, count(*) as lines
        from {{ ref('cin7', 'stg_cin7_omni__' ~ lines) }}
        group by source_relation, {{ key }}
    ) as l on p.source_relation = l.source_relation and p.id = l.{{ key }}
    inner join (select distinct source_relation from {{ ref('cin7', 'stg_cin7_omni__' ~ lines) }}) as a
        on p.source_relation = a.source_relation
    union all
    {%- endfor %}
    {%- for lines, parent, key in [('sale_order_lines', 'sales', 'sale_id'), ('purchase_order_lines', 'purchases', 'purchase_id')] %}
    select
        'lines_missing', 'core', p.source_relation, p.id,
        {{ cin7.length(cin7.member('p.order_', 'Lines')) }}, coalesce(l.lines, 0)
    from {{ ref('cin7', 'stg_cin7_core__' ~ parent) }} as p
    left join (
        select source_relation, {{ key }}, count(*) as lines
        from {{ ref('cin7', 'stg_cin7_core__' ~ lines) }}
        group by source_relation, {{ key }}
    ) as l on p.source_relation = l.source_relation and p.id = l.{{ key }}
    inner join (select distinct source_relation from {{ ref('cin7', 'stg_cin7_core__' ~ lines) }}) as a
        on p.source_relation = a.source_relation
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Invoices whose terms nobody understands, and so nobody knows when they are due.
unknown_terms as (
    {%- for mart in ['int_cin7__receivables', 'int_cin7__payables'] %}
    select
        'unknown_terms' as check_name, product, source_relation, payment_terms as document, 0 as expected, count(*) as found
    from {{ ref('cin7', mart) }}
    where document_type = 'invoice' and due_at is null and issued_at is not null and payment_terms is not null
    group by product, source_relation, payment_terms
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Foreign documents without a rate: what they are worth is unknown.
unknown_rates as (
    select
        'unknown_rates' as check_name, product, source_relation, coalesce(order_number, order_id) as document, 0 as expected, total as found
    from {{ ref('cin7', 'int_cin7__orders') }}
    where state = 'approved' and total <> 0 and total_base is null
),

-- Base totals against what the same goods cost customers of the base currency: the right way round
-- they are closer to it than the other way.
home_prices as (
    select source_relation, product_key, sum(net) / nullif(sum(quantity), 0) as price
    from {{ ref('cin7', 'int_omni__order_lines') }}
    where is_sale and upper(currency) = base_currency and product_key is not null
    group by source_relation, product_key
    having sum(quantity) > 0
),

foreign_sales as (
    select
        l.source_relation, upper(l.currency) as currency,
        sum(cast(l.quantity as {{ cin7.type_of('rate') }}) * h.price) as at_home,
        cast(sum(l.net_base) as {{ cin7.type_of('rate') }}) as base,
        sum(cast(l.net as {{ cin7.type_of('rate') }}) * l.net / nullif(l.net_base, 0)) as other_way
    from {{ ref('cin7', 'int_omni__order_lines') }} as l
    inner join home_prices as h on l.source_relation = h.source_relation and l.product_key = h.product_key
    where l.is_sale and upper(l.currency) <> l.base_currency and l.net_base > 0
    group by l.source_relation, upper(l.currency)
),

currency_direction as (
    select
        'currency_direction' as check_name, 'omni' as product, source_relation, currency as document,
        {{ cin7.amount('at_home') }} as expected, {{ cin7.amount('base') }} as found,
        greatest(base, at_home) / least(base, at_home) > 1.05 * greatest(other_way, at_home) / least(other_way, at_home) as is_off
    from foreign_sales
    where at_home > 0 and base > 0 and other_way > 0
),

-- Marts that hold nothing of an account although what they are made of is loaded.
loaded as (
    {%- for mart, product, model, rows_of, condition in [
        ('orders', 'omni', 'sales_orders', 'orders', none), ('orders', 'core', 'sales', 'sales', none),
        ('order_lines', 'omni', 'sales_order_lines', 'order_lines', none), ('order_lines', 'core', 'sale_order_lines', 'order_lines', none),
        ('invoice_lines', 'core', 'sale_invoice_lines', 'invoice_lines', none),
        ('returns', 'omni', 'credit_note_lines', 'returns', none), ('returns', 'core', 'sale_credit_note_lines', 'returns', none),
        ('purchase_lines', 'omni', 'purchase_order_lines', 'purchase_lines', none), ('purchase_lines', 'core', 'purchase_order_lines', 'purchase_lines', none),
        ('stock_levels', 'omni', 'stock', 'stock_levels', none), ('stock_levels', 'core', 'product_availability', 'stock_levels', none),
        ('stock_daily', 'omni', 'stock_snapshots', 'stock_snapshots', none), ('stock_daily', 'core', 'product_availability_snapshots', 'stock_snapshots', none),
        ('inventory_movements', 'omni', 'sales_order_lines', 'inventory_movements', 'qty_shipped <> 0'), ('inventory_movements', 'core', 'sale_fulfilment_lines', 'inventory_movements', none),
        ('cogs', 'omni', 'sales_order_lines', 'cogs', 'qty_shipped <> 0'), ('cogs', 'core', 'sale_fulfilment_lines', 'cogs', none),
        ('payments', 'omni', 'payments', 'payments', none), ('payments', 'core', 'sale_payments', 'payments', none),
        ('general_ledger', 'core', 'transactions', 'transactions', none),
        ('products', 'omni', 'product_options', 'products', none), ('products', 'core', 'products', 'products', none),
    ] %}
    select
        '{{ product }}' as product, s.source_relation, 'cin7__{{ mart }}' as document, s.rows_there as expected,
        case when exists (
            select 1 from {{ ref('cin7', 'int_' ~ product ~ '__' ~ rows_of) }} as m where m.source_relation = s.source_relation
        ) then s.rows_there else 0 end as found
    from (
        select source_relation, count(*) as rows_there
        from {{ ref('cin7', 'stg_cin7_' ~ product ~ '__' ~ model) }}
        {%- if condition %}
        where {{ condition }}
        {%- endif %}
        group by source_relation
    ) as s
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

empty_marts as (
    select 'empty_marts' as check_name, l.* from loaded as l
),

checked as (
    {%- for check, tolerance in [
        ('order_totals', 0.05), ('owed', 0.05), ('cogs_amount', 0.05), ('stock_movements', 0.0001), ('negative_stock', 0),
        ('lines_without_product', 0), ('lines_without_cost', 0), ('lines_dropped', 0), ('unknown_terms', 0),
        ('unknown_rates', 0), ('no_day', 0), ('empty_marts', 0),
    ] %}
    select
        check_name, product, source_relation, document,
        {{ cin7.amount('expected') }} as expected, {{ cin7.amount('found') }} as found,
        abs(coalesce(expected, 0) - coalesce(found, 0)) > {{ tolerance }} as is_off
    from {{ check }}
    union all
    {%- endfor %}
    select
        check_name, product, source_relation, document,
        {{ cin7.amount('expected') }}, {{ cin7.amount('found') }}, coalesce(found < expected, false)
    from lines_missing
    union all
    select check_name, product, source_relation, document, expected, found, is_off
    from currency_direction
)

select * from checked
