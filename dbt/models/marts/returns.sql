{{ cin7.union_products(
    'returns',
    [
        'return_line_key', 'credit_note_id', 'credit_note_number', 'returned_at', 'order_number', 'customer_key',
        'location', 'channel', 'product_key', 'product_id', 'product_group', 'sku', 'product_name',
        'quantity', 'quantity_restocked', 'currency', 'currency_rate', 'net', 'net_base', 'cost_base',
    ],
    {},
) }}
