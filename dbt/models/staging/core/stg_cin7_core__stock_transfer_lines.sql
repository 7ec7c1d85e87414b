{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'stock_transfer_lines',
    columns={
        'TaskID': 'text',
        'line_number': 'integer',
        'ProductID': 'text',
        'SKU': 'text',
        'ProductName': 'text',
        'QuantityOnHand': 'number',
        'QuantityAvailable': 'number',
        'TransferQuantity': 'number',
        'Comments': 'text',
        'BatchSN': 'text',
        'ExpiryDate': 'timestamp',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'stock_transfers', 'keys': {'TaskID': 'TaskID'}, 'stamp': 'header_modified'},
) }}
