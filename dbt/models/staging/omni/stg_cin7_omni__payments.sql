{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'omni', 'payments',
    columns={
        'id': 'integer',
        'createdDate': 'timestamp',
        'modifiedDate': 'timestamp',
        'paymentDate': 'timestamp',
        'amount': 'number',
        'method': 'text',
        'direction': 'integer',
        'isAuthorized': 'boolean',
        'transactionRef': 'text',
        'comments': 'text',
        'orderId': 'integer',
        'orderRef': 'text',
        'orderType': 'text',
        'paymentImportedRef': 'text',
        'batchReference': 'text',
        'reconcileDate': 'timestamp',
        'branchId': 'integer',
        'extra_fields': 'json',
    },
) }}
