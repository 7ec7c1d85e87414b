-- Purchases with what their lines need.
select
    p.source_relation,
    p.id as purchase_id,
    p.order_number as purchase_number,
    p.order_date as ordered_at,
    p.required_by as expected_at,
    {{ cin7.core_state('p.status') }} as state,
    {{ cin7.core_state('p.status') }} = 'approved'
        and upper(coalesce(p.status, '')) not in ('COMPLETED', 'CLOSED', 'RECEIVED', 'INVOICED/CREDITED', 'CREDITED')
        and upper(coalesce(p.combined_receiving_status, '')) not in ('FULLY RECEIVED', 'RECEIVED', 'COMPLETED') as is_open,
    p.supplier_id,
    p.supplier as supplier_name,
    p.location,
    p.terms as payment_terms,
    coalesce(p.supplier_currency, p.base_currency) as currency,
    upper(coalesce(p.base_currency, a.base_currency)) as base_currency,
    p.currency_rate,
    cast({{ cin7.core_rate(['p.currency_rate'], 'p.supplier_currency', 'coalesce(p.base_currency, a.base_currency)') }}
        as {{ cin7.type_of('rate') }}) as base_rate,
    lower(coalesce(p.tax_calculation, '')) like 'incl%' as is_tax_included,
    p.order_
from {{ ref('cin7', 'stg_cin7_core__purchases') }} as p
left join {{ ref('cin7', 'int_cin7__accounts') }} as a on p.source_relation = a.source_relation and a.product = 'core'
