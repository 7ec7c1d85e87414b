{{ cin7.union_products(
    'orders',
    [
        'order_key', 'order_id', 'order_number', 'ordered_at', 'invoiced_at', 'state', 'is_sale',
        'customer_key', 'customer_id', 'customer_name', 'location', 'channel',
        'currency', 'currency_rate', 'base_currency', 'net', 'tax', 'total', 'net_base', 'total_base',
        'modified_at',
    ],
    {'omni': {'base_currency': cin7.omni_base_currency()}},
) }}
