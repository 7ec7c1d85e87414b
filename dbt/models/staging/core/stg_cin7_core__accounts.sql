{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'accounts',
    columns={
        'Code': 'text',
        'Name': 'text',
        'Type': 'text',
        'Status': 'text',
        'Description': 'text',
        'Class': 'text',
        'SystemAccount': 'text',
        'SystemAccountCode': 'text',
        'ForPayments': 'boolean',
        'DisplayName': 'text',
        'OldCode': 'text',
        'Bank': 'text',
        'BankAccountNumber': 'text',
        'BankAccountId': 'text',
        'Currency': 'text',
        'extra_fields': 'json',
    },
) }}
