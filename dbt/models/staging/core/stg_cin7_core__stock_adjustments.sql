{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'stock_adjustments',
    columns={
        'TaskID': 'text',
        'EffectiveDate': 'timestamp',
        'StocktakeNumber': 'text',
        'Status': 'text',
        'Account': 'text',
        'Reference': 'text',
        'Comment': 'text',
        'read_at': 'timestamp',
        'extra_fields': 'json',
    },
) }}
