-- How long the supplier of a product takes, and how much one has to buy at once.
with options as (
    select
        p.product_key,
        {{ cin7.field(cin7.element('o'), 'Lead', 'number') }} as lead_days,
        {{ cin7.field(cin7.element('o'), 'MinimumToReorder', 'number') }} as minimum_order
    from {{ ref('cin7', 'int_core__products') }} as p
    inner join {{ ref('cin7', 'stg_cin7_core__product_suppliers') }} as s
        on p.source_relation = s.source_relation and p.product_id = s.product_id and p.supplier_id = s.supplier_id
    {{ cin7.each('s.product_supplier_options', 'o') }}
)

-- By location the longest way counts.
select product_key, {{ cin7.amount('max(lead_days)') }} as lead_days, {{ cin7.amount('max(minimum_order)') }} as minimum_order
from options
group by product_key
