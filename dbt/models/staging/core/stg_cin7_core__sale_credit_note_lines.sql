{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'sale_credit_note_lines',
    columns={
        'SaleID': 'text',
        'CreditNoteTaskID': 'text',
        'line_number': 'integer',
        'ProductID': 'text',
        'SKU': 'text',
        'Name': 'text',
        'Quantity': 'number',
        'Price': 'number',
        'Discount': 'number',
        'Tax': 'number',
        'TaxRule': 'text',
        'Total': 'number',
        'AverageCost': 'number',
        'Comment': 'text',
        'Account': 'text',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'sales', 'keys': {'SaleID': 'ID'}, 'stamp': 'header_modified'},
) }}
