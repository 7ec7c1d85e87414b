-- One row per option and size: what has a SKU of its own.
{%- set columns = {} %}
{%- set own = {} %}
{%- for account in cin7.accounts('omni') %}
{%- set name = account.get('cost_column') or ('cost' ~ account.base_currency if account.get('base_currency') else none) %}
{%- if name %}
{%- do columns.update({account.schema: "'" ~ name | lower ~ "'"}) %}
{%- do own.update({account.schema: cin7.field('o.price_columns', name, 'number')}) %}
{%- endif %}
{%- endfor %}
with costs as (
    select p.source_relation, p.id, p.size_id, max(p.value) as cost
    from {{ ref('cin7', 'stg_cin7_omni__product_option_prices') }} as p
    where lower(p.name) = {{ cin7.by_account('p', columns, cin7.nothing()) }}
    group by p.source_relation, p.id, p.size_id
),

-- What has components in any order is a kit.
kits as (
    select distinct l.source_relation, l.product_option_id
    from {{ ref('cin7', 'stg_cin7_omni__sales_order_lines') }} as l
    inner join {{ ref('cin7', 'stg_cin7_omni__sales_order_lines') }} as c
        on l.source_relation = c.source_relation and l.order_id = c.order_id and l.id = c.parent_id
    where l.id > 0
)

select
    {{ cin7.key('omni', ['o.source_relation', 'o.id', 'o.size_id']) }} as product_key,
    o.source_relation,
    cast(o.product_id as {{ cin7.type_of('text') }}) as product_id,
    o.id as option_id,
    coalesce(o.size, '') as size,
    coalesce(o.product_option_size_code, o.code, o.product_option_code) as sku,
    coalesce(o.product_option_size_barcode, o.barcode) as barcode,
    coalesce(p.name, o.code) as product_name,
    coalesce(p.name, o.code) as product_group,
    p.category,
    p.brand,
    cast(nullif(p.supplier_id, 0) as {{ cin7.type_of('text') }}) as supplier_id,
    {{ cin7.amount('coalesce(c.cost, ' ~ cin7.by_account('o', own, cin7.nothing('number')) ~ ')') }} as unit_cost_base,
    o.retail_price as list_price,
    {{ cin7.nothing('number') }} as minimum_before_reorder,
    {{ cin7.nothing('number') }} as reorder_quantity,
    lower(coalesce(p.status, '')) not in ('inactive', 'disabled')
        and lower(coalesce(o.status, '')) not in ('inactive', 'disabled') as is_active,
    -- Labour and services are on no shelf; a kit is there as its components.
    {{ cin7.omni_is_stocked('p') }} as is_stocked,
    {{ cin7.omni_is_stocked('p') }}
        and lower(coalesce(p.product_type, '')) not in ('kit', 'bundle') and k.product_option_id is null as is_bought,
    {{ cin7.local_time('omni', 'o', 'created_date') }} as created_at,
    greatest(coalesce(o.modified_date, p.modified_date), coalesce(p.modified_date, o.modified_date)) as modified_at
    {{- cin7.custom_fields('products', 'omni', 'p') }}
from {{ ref('cin7', 'stg_cin7_omni__product_options') }} as o
left join {{ ref('cin7', 'stg_cin7_omni__products') }} as p
    on o.source_relation = p.source_relation and o.product_id = p.id
left join costs as c
    on o.source_relation = c.source_relation and o.id = c.id and o.size_id = c.size_id
left join kits as k
    on o.source_relation = k.source_relation and o.id = k.product_option_id
