-- Credit notes that count, of sales and stand-alone ones.
select
    n.source_relation,
    n.sale_id,
    n.task_id,
    n.credit_note_number,
    coalesce(n.credit_note_date, s.ordered_at) as returned_at,
    case when s.is_order then s.order_key end as order_key,
    s.order_number,
    coalesce(s.is_tax_included, false) as is_tax_included,
    s.customer_id,
    coalesce(s.customer_key, {{ cin7.key('core', ['n.source_relation', "'0'"]) }}) as customer_key,
    s.customer_name,
    s.location,
    s.channel,
    s.currency,
    s.base_currency,
    coalesce(nullif(n.credit_note_conversion_rate, 0), s.currency_rate) as currency_rate,
    cast({{ cin7.core_rate(['n.credit_note_conversion_rate', 's.currency_rate'], 's.currency', 's.base_currency') }}
        as {{ cin7.type_of('rate') }}) as base_rate,
    n.refunds,
    n.restock,
    n.additional_charges,
    n.total_before_tax,
    n.tax,
    n.total
from {{ ref('cin7', 'stg_cin7_core__sale_credit_notes') }} as n
left join {{ ref('cin7', 'int_core__sales') }} as s
    on n.source_relation = s.source_relation and n.sale_id = s.order_id
where {{ cin7.core_counts('n.status') }} and coalesce(s.state, 'approved') <> 'void'
