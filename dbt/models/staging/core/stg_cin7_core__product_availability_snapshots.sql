{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'product_availability_snapshots',
    columns={
        'snapshot_at': 'timestamp',
        'record_key': 'text',
        'ID': 'text',
        'SKU': 'text',
        'Name': 'text',
        'Barcode': 'text',
        'Location': 'text',
        'Bin': 'text',
        'Batch': 'text',
        'ExpiryDate': 'timestamp',
        'OnHand': 'number',
        'Allocated': 'number',
        'Available': 'number',
        'OnOrder': 'number',
        'StockOnHand': 'number',
        'InTransit': 'number',
        'NextDeliveryDate': 'timestamp',
        'extra_fields': 'json',
    },
) }}
