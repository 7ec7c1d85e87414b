{{ config(materialized='view') }}
{{ cin7.open_documents('payables', ['supplier_id', 'supplier_name']) }}
