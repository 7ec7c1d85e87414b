{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'omni', 'adjustments',
    columns={
        'id': 'integer',
        'createdDate': 'timestamp',
        'modifiedDate': 'timestamp',
        'createdBy': 'integer',
        'isApproved': 'boolean',
        'reference': 'text',
        'source': 'text',
        'processedBy': 'integer',
        'branchId': 'integer',
        'completedDate': 'timestamp',
        'adjustInAccountingSystem': 'timestamp',
        'adjustmentReason': 'text',
        'alternativeAccountCode': 'text',
        'productTotal': 'number',
        'extra_fields': 'json',
    },
) }}
