{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'sale_payments',
    columns={
        'SaleID': 'text',
        'ID': 'text',
        'Reference': 'text',
        'Amount': 'number',
        'DatePaid': 'timestamp',
        'Account': 'text',
        'CurrencyRate': 'rate',
        'DateCreated': 'timestamp',
        'SaleOrderNumber': 'text',
        'InvoiceNumber': 'text',
        'CreditNoteNumber': 'text',
        'Type': 'text',
        'CreditID': 'text',
        'TaskID': 'text',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'sales', 'keys': {'SaleID': 'ID'}, 'stamp': 'header_modified'},
) }}
