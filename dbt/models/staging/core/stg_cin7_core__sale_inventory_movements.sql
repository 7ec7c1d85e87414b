{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'sale_inventory_movements',
    columns={
        'SaleID': 'text',
        'line_number': 'integer',
        'TaskID': 'text',
        'ProductID': 'text',
        'Date': 'timestamp',
        'COGS': 'number',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'sales', 'keys': {'SaleID': 'ID'}, 'stamp': 'header_modified'},
) }}
