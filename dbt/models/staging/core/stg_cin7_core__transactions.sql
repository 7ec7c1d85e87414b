{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'transactions',
    columns={
        'record_key': 'text',
        'TaskID': 'text',
        'DebitAccountCode': 'text',
        'CreditAccountCode': 'text',
        'Amount': 'number',
        'EffectiveDate': 'timestamp',
        'Reference': 'text',
        'Transaction': 'text',
        'Type': 'text',
        'read_at': 'timestamp',
        'extra_fields': 'json',
    },
) }}
