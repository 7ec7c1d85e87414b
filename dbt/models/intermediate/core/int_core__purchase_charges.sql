-- Freight and other charges of purchases, without tax: those of invoices, or of the order where there is none.
with invoiced as (
    select i.source_relation, i.purchase_id, i.additional_charges
    from {{ ref('cin7', 'stg_cin7_core__purchase_invoices') }} as i
    where {{ cin7.core_counts('i.status') }}
),

charged as (
    select source_relation, purchase_id, additional_charges as charges from invoiced
    union all
    select p.source_relation, p.purchase_id, {{ cin7.member('p.order_', 'AdditionalCharges') }}
    from {{ ref('cin7', 'int_core__purchases') }} as p
    left join (select distinct source_relation, purchase_id from invoiced) as i
        on p.source_relation = i.source_relation and p.purchase_id = i.purchase_id
    where i.purchase_id is null
)

select
    c.source_relation,
    c.purchase_id,
    {{ cin7.amount(
        'sum(coalesce(' ~ cin7.field(cin7.element('e'), 'Total', 'number') ~ ', 0) - case when p.is_tax_included then coalesce('
        ~ cin7.field(cin7.element('e'), 'Tax', 'number') ~ ', 0) else 0 end)'
    ) }} as charges_net
from charged as c
inner join {{ ref('cin7', 'int_core__purchases') }} as p
    on c.source_relation = p.source_relation and c.purchase_id = p.purchase_id
{{ cin7.each('c.charges', 'e') }}
group by c.source_relation, c.purchase_id
