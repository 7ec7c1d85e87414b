{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'disassemblies',
    columns={
        'TaskID': 'text',
        'DisassemblyNumber': 'text',
        'ProductID': 'text',
        'ProductCode': 'text',
        'ProductName': 'text',
        'LocationID': 'text',
        'Location': 'text',
        'Quantity': 'number',
        'Status': 'text',
        'CompletionDate': 'timestamp',
        'OrderLines': 'json',
        'WIPAccount': 'text',
        'AssemblyInstructionURL': 'text',
        'PickLines': 'json',
        'read_at': 'timestamp',
        'extra_fields': 'json',
    },
) }}
