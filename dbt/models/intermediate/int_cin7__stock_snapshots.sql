{{ config(materialized='view') }}
-- Snapshots of the stock, with the name that tells a product and the place that tells a location. One that
-- has fewer rows than its run wrote was torn: what is not in it may be there all the same.
with snapshots as (
    {{ cin7.union_products(
        'stock_snapshots',
        [
            'snapshot_at', 'snapshot_rows', 'rows_there', 'product_key', 'product_id', 'sku', 'product_name', 'location',
            'on_hand', 'allocated', 'available', 'incoming', 'value_base',
        ],
    ) }}
)

select
    *,
    cast(snapshot_at as date) as day,
    coalesce(product_key, product_id || ':' || coalesce(sku, '')) as item,
    coalesce(location, '') as place
from snapshots
where rows_there >= coalesce(snapshot_rows, 0)
