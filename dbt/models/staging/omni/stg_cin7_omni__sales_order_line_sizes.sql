{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'omni', 'sales_order_line_sizes',
    columns={
        'orderId': 'integer',
        'lineId': 'integer',
        'repetition': 'integer',
        'name': 'text',
        'code': 'text',
        'barcode': 'text',
        'qty': 'number',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'sales_orders', 'keys': {'orderId': 'id'}, 'stamp': 'modifiedDate'},
) }}
