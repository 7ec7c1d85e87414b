{{ config(materialized='view') }}
{{ cin7.open_documents('receivables', ['customer_key', 'customer_id', 'customer_name']) }}
