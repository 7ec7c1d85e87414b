{{ config(materialized='view') }}
{{ cin7.union_products(
    'stock_levels',
    [
        'stock_level_key', 'product_key', 'product_id', 'product_group', 'sku', 'product_name', 'location',
        'bin', 'batch', 'expires_at', 'on_hand', 'allocated', 'available', 'incoming', 'value_base',
    ],
) }}
