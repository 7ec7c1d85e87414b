-- Units that customers took by day and place, less what came back, as components where a kit was sold,
-- and units that went into assemblies and production.
select o.source_relation, l.product_key, o.location, cast(o.invoiced_at as date) as day, l.quantity as units
from {{ ref('cin7', 'int_omni__sales_lines') }} as l
inner join {{ ref('cin7', 'int_omni__orders') }} as o
    on l.source_relation = o.source_relation and l.order_id = o.order_id
where o.is_sale and l.is_leaf
union all
select n.source_relation, l.product_key, n.location, cast(n.returned_at as date), {{ cin7.amount('-l.quantity') }}
from {{ ref('cin7', 'int_omni__credit_note_lines') }} as l
inner join {{ ref('cin7', 'int_omni__credit_notes') }} as n
    on l.source_relation = n.source_relation and l.credit_note_id = n.credit_note_id
where n.state = 'approved' and l.is_leaf
union all
select source_relation, product_key, location, cast(invoiced_at as date), quantity
from {{ ref('cin7', 'int_core__invoice_lines') }}
union all
select source_relation, product_key, location, cast(returned_at as date), {{ cin7.amount('-quantity') }}
from {{ ref('cin7', 'int_core__returns') }}
{%- for product in ['omni', 'core'] %}
union all
select source_relation, product_key, location, cast(moved_at as date), {{ cin7.amount('-quantity') }}
from {{ ref('cin7', 'int_' ~ product ~ '__inventory_movements') }}
where movement_type in ('assembly_out', 'production_out')
{%- endfor %}
