{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'purchase_put_away_lines',
    columns={
        'PurchaseID': 'text',
        'TaskID': 'text',
        'line_number': 'integer',
        'Date': 'timestamp',
        'Quantity': 'number',
        'ProductID': 'text',
        'SKU': 'text',
        'Name': 'text',
        'Location': 'text',
        'LocationID': 'text',
        'Received': 'boolean',
        'BatchSN': 'text',
        'SupplierSKU': 'text',
        'ExpiryDate': 'timestamp',
        'CardID': 'text',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'purchases', 'keys': {'PurchaseID': 'ID'}, 'stamp': 'header_modified'},
) }}
