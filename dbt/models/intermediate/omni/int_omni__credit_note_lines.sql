-- All lines of credit notes, kits and components alike.
with lines as (
    {{ cin7.omni_priced_lines(
        ref('cin7', 'int_omni__credit_notes'), ref('cin7', 'stg_cin7_omni__credit_note_lines'), 'credit_note_id'
    ) }}
)

select
    {{ cin7.key('omni', ['source_relation', 'credit_note_id', 'id', 'repetition']) }} as return_line_key,
    source_relation,
    credit_note_id,
    sort as line_number,
    is_top,
    is_leaf,
    has_product,
    has_cost,
    product_id,
    product_key,
    coalesce(product_group, name) as product_group,
    code as sku,
    name as product_name,
    {{ cin7.amount('case when has_product then coalesce(qty, 0) else 0 end') }} as quantity,
    -- What is back on the shelf is shipped; the rest has cost its money all the same.
    {{ cin7.amount('case when has_product then quantity_shipped else 0 end') }} as quantity_restocked,
    net,
    net_base,
    unit_cost_base,
    {{ cin7.amount('coalesce(quantity_shipped * unit_cost_base, 0)') }} as cost_base
from lines
