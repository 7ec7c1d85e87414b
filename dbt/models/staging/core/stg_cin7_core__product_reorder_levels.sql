{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'product_reorder_levels',
    columns={
        'repetition': 'integer',
        'ProductID': 'text',
        'LocationID': 'text',
        'MinimumBeforeReorder': 'number',
        'ReorderQuantity': 'number',
        'LocationName': 'text',
        'StockLocator': 'text',
        'PickZones': 'text',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'products', 'keys': {'ProductID': 'ID'}, 'stamp': 'LastModifiedOn'},
) }}
