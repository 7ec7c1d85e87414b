{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'stocktakes',
    columns={
        'TaskID': 'text',
        'EffectiveDate': 'timestamp',
        'StocktakeNumber': 'text',
        'Status': 'text',
        'Account': 'text',
        'LocationID': 'text',
        'Location': 'text',
        'Reference': 'text',
        'UseRelativeQuantity': 'boolean',
        'header_modified': 'timestamp',
        'extra_fields': 'json',
    },
) }}
