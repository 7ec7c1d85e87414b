{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'purchase_order_lines',
    columns={
        'PurchaseID': 'text',
        'line_number': 'integer',
        'ProductID': 'text',
        'SKU': 'text',
        'Name': 'text',
        'Quantity': 'number',
        'Price': 'number',
        'Discount': 'number',
        'Tax': 'number',
        'TaxRule': 'text',
        'Comment': 'text',
        'Total': 'number',
        'SupplierSKU': 'text',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'purchases', 'keys': {'PurchaseID': 'ID'}, 'stamp': 'header_modified'},
) }}
