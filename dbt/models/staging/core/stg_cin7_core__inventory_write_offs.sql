{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'inventory_write_offs',
    columns={
        'TaskID': 'text',
        'InventoryWriteOffNumber': 'text',
        'Status': 'text',
        'LocationID': 'text',
        'Location': 'text',
        'Notes': 'text',
        'Account': 'text',
        'EffectiveDate': 'timestamp',
        'Lines': 'json',
        'read_at': 'timestamp',
        'extra_fields': 'json',
    },
) }}
