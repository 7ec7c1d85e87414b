{{ config(materialized='view') }}
with lines as (
    {{ cin7.union_products(
        'returns',
        [
            'return_line_key', 'credit_note_id', 'credit_note_number', 'returned_at', 'order_key', 'order_number',
            'customer_key', 'location', 'channel', 'product_key', 'product_id', 'product_group', 'sku', 'product_name',
            'quantity', 'quantity_restocked', 'currency', 'currency_rate', 'net', 'net_base', 'cost_base', 'cost_source', 'has_cost',
        ],
        says_currency=true,
        inputs=[],
    ) }}
)

select *, {{ cin7.margin('net_base', 'cost_base') }} as margin_base
from lines
