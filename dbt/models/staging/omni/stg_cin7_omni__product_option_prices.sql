{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'omni', 'product_option_prices',
    columns={
        'id': 'integer',
        'sizeId': 'integer',
        'name': 'text',
        'value': 'number',
        'repetition': 'integer',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'product_options', 'keys': {'id': 'id', 'sizeId': 'sizeId'}, 'stamp': 'modifiedDate'},
) }}
