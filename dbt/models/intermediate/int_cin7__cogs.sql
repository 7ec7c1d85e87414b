{{ config(materialized='view') }}
-- What left the shelf at cost, and with minus what came back to it.
{{ cin7.union_products(
    'cogs',
    [
        'cogs_key', 'document_type', 'document_id', 'order_key', 'moved_at', 'product_key', 'product_id',
        'product_group', 'sku', 'customer_key', 'location', 'channel', 'quantity', 'cost_base', 'cost_source', 'has_cost',
    ],
    says_currency=true,
    inputs=['omni'],
) }}
