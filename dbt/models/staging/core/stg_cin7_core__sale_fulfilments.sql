{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'sale_fulfilments',
    columns={
        'SaleID': 'text',
        'TaskID': 'text',
        'FulfillmentNumber': 'integer',
        'LinkedInvoiceNumber': 'text',
        'FulFilmentStatus': 'text',
        'Pick': 'json',
        'Pack': 'json',
        'Ship': 'json',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'sales', 'keys': {'SaleID': 'ID'}, 'stamp': 'header_modified'},
) }}
