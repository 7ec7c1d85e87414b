{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'omni', 'production_jobs',
    columns={
        'id': 'integer',
        'createdDate': 'timestamp',
        'modifiedDate': 'timestamp',
        'createdBy': 'integer',
        'isApproved': 'boolean',
        'reference': 'text',
        'source': 'text',
        'dueDate': 'timestamp',
        'completedDate': 'timestamp',
        'completedBy': 'integer',
        'branchId': 'integer',
        'company': 'text',
        'projectName': 'text',
        'productionNotes': 'text',
        'totalCost': 'number',
        'customFields': 'json',
        'products': 'json',
        'extra_fields': 'json',
    },
) }}
