{{ config(materialized='view') }}
-- Omni invoices an order as a whole: the lines of an invoiced order are those of its invoice.
with lines as (
    {{ cin7.union_products(
        'invoice_lines',
        [
            'invoice_line_key', 'order_key', 'invoice_id', 'invoice_number', 'invoiced_at', 'customer_key', 'location',
            'channel', 'line_number', 'product_key', 'product_id', 'product_group', 'sku', 'product_name', 'quantity',
            'unit_price', 'currency', 'currency_rate', 'net', 'net_base', 'cost_base', 'cost_source', 'has_cost',
        ],
        says_currency=true,
        inputs=['omni'],
    ) }}
)

select *, {{ cin7.margin('net_base', 'cost_base') }} as margin_base
from lines
