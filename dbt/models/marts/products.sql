{{ cin7.union_products(
    'products',
    [
        'product_key', 'product_id', 'sku', 'barcode', 'product_name', 'product_group', 'category', 'brand',
        'supplier_id', 'unit_cost_base', 'list_price', 'minimum_before_reorder', 'reorder_quantity', 'is_active',
        'modified_at',
    ],
    {'omni': {'minimum_before_reorder': cin7.nothing('number'), 'reorder_quantity': cin7.nothing('number')}},
) }}
