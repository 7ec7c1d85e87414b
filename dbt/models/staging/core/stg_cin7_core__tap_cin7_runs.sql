{# Written by dbt/staging.py from the tap's catalog; change that, not this. #}
{{ cin7.stage(
    'core', 'tap_cin7_runs',
    columns={
        'run_id': 'text',
        'stream': 'text',
        'began': 'timestamp',
        'ended': 'timestamp',
        'method': 'text',
        'bookmark_before': 'text',
        'bookmark_after': 'text',
        'complete': 'boolean',
        'note': 'text',
        'rows': 'integer',
        'unique_keys': 'integer',
        'total': 'integer',
        'calls': 'integer',
        'retries': 'integer',
        'seconds_waited': 'number',
        'duplicates': 'integer',
        'fields_without_column': 'text',
        'extra_fields': 'json',
    },
) }}
