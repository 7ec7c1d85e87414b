{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'supplier_deposits',
    columns={
        'DepositID': 'text',
        'SupplierID': 'text',
        'SupplierName': 'text',
        'Account': 'text',
        'Amount': 'number',
        'RemainingAmount': 'number',
        'Currency': 'text',
        'ConvRate': 'rate',
        'Date': 'timestamp',
        'Description': 'text',
        'extra_fields': 'json',
    },
    is_read_whole=true,
) }}
