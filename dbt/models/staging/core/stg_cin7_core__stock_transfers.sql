{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'stock_transfers',
    columns={
        'TaskID': 'text',
        'From': 'text',
        'FromLocation': 'text',
        'To': 'text',
        'ToLocation': 'text',
        'Status': 'text',
        'Number': 'text',
        'CostDistributionType': 'text',
        'InTransitAccount': 'text',
        'DepartureDate': 'timestamp',
        'CompletionDate': 'timestamp',
        'Reference': 'text',
        'SkipOrder': 'boolean',
        'LastModifiedOn': 'timestamp',
        'RequiredByDate': 'timestamp',
        'Order': 'json',
        'header_modified': 'timestamp',
        'extra_fields': 'json',
    },
) }}
