{{ config(materialized='view') }}
select
    order_line_key as invoice_line_key,
    cast(order_id as {{ cin7.type_of('text') }}) as invoice_id,
    order_number as invoice_number,
    *
from {{ ref('cin7', 'int_omni__order_lines') }}
where is_sale
