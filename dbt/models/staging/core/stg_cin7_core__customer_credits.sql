{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'customer_credits',
    columns={
        'CreditID': 'text',
        'CustomerID': 'text',
        'CustomerName': 'text',
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
