{{ config(materialized='view') }}
{{ cin7.union_products(
    'products',
    [
        'product_key', 'product_id', 'sku', 'barcode', 'product_name', 'product_group', 'category', 'brand',
        'supplier_id', 'unit_cost_base', 'list_price', 'minimum_before_reorder', 'reorder_quantity', 'is_active',
        'is_stocked', 'is_bought', 'created_at', 'modified_at',
    ] + cin7.custom_field_names('products'),
) }}
