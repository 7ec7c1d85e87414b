{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'purchase_payments',
    columns={
        'ID': 'text',
        'Reference': 'text',
        'Amount': 'number',
        'DatePaid': 'timestamp',
        'Account': 'text',
        'CurrencyRate': 'rate',
        'DateCreated': 'timestamp',
        'TaskID': 'text',
        'Type': 'text',
        'DepositID': 'text',
        'PurchaseID': 'text',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'purchases', 'keys': {'PurchaseID': 'ID'}, 'stamp': 'header_modified'},
) }}
