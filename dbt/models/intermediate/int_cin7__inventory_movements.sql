{{ config(materialized='view') }}
{{ cin7.union_products(
    'inventory_movements',
    [
        'movement_key', 'movement_type', 'document_id', 'document_number', 'moved_at', 'location',
        'product_key', 'product_id', 'sku', 'quantity', 'value_base',
    ],
    inputs=[],
) }}
