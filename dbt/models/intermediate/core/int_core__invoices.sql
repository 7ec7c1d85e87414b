-- Invoices of sales that count: a voided one stays beside the one that was issued instead.
select
    i.source_relation,
    i.sale_id,
    i.task_id,
    i.invoice_number,
    coalesce(i.invoice_date, s.ordered_at) as invoiced_at,
    {{ cin7.key('core', ['i.source_relation', 'i.sale_id']) }} as order_key,
    s.order_key is not null as has_sale,
    coalesce(s.is_tax_included, false) as is_tax_included,
    s.customer_id,
    coalesce(s.customer_key, {{ cin7.key('core', ['i.source_relation', "'0'"]) }}) as customer_key,
    s.customer_name,
    s.location,
    s.channel,
    s.currency,
    s.base_currency,
    coalesce(nullif(i.currency_conversion_rate, 0), s.currency_rate) as currency_rate,
    cast({{ cin7.core_rate(['i.currency_conversion_rate', 's.currency_rate'], 's.currency', 's.base_currency') }}
        as {{ cin7.type_of('rate') }}) as base_rate,
    s.payment_terms,
    i.invoice_due_date as due_at,
    i.total_before_tax,
    i.tax,
    i.total,
    i.paid,
    i.additional_charges
from {{ ref('cin7', 'stg_cin7_core__sale_invoices') }} as i
left join {{ ref('cin7', 'int_core__sales') }} as s
    on i.source_relation = s.source_relation and i.sale_id = s.order_id
where {{ cin7.core_counts('i.status') }} and coalesce(s.state, 'approved') <> 'void'
