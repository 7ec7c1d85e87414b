{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'purchase_credit_notes',
    columns={
        'PurchaseID': 'text',
        'CombineAdditionalCharges': 'boolean',
        'TaskID': 'text',
        'CreditNoteInvoiceNumber': 'text',
        'CreditNoteNumber': 'text',
        'CreditNoteDate': 'timestamp',
        'Status': 'text',
        'Unstock': 'json',
        'TotalBeforeTax': 'number',
        'Tax': 'number',
        'Total': 'number',
        'Refunds': 'json',
        'parent_modified': 'timestamp',
        'extra_fields': 'json',
    },
    parent={'stream': 'purchases', 'keys': {'PurchaseID': 'ID'}, 'stamp': 'header_modified'},
) }}
