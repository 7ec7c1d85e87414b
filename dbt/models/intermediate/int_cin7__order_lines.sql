{{ config(materialized='view') }}
{{ cin7.union_products(
    'order_lines',
    [
        'order_line_key', 'order_key', 'order_number', 'line_number', 'ordered_at', 'invoiced_at', 'state',
        'is_sale', 'customer_key', 'location', 'channel', 'product_key', 'product_id', 'product_group', 'sku',
        'product_name', 'quantity', 'quantity_shipped', 'unit_price', 'discount', 'currency', 'currency_rate',
        'net', 'net_base', 'unit_cost_base', 'cost_base', 'cost_source', 'has_cost',
    ],
    says_currency=true,
    inputs=['omni'],
) }}
