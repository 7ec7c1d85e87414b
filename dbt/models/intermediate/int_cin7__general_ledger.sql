{{ config(materialized='view') }}
-- Each transaction has two sides: what an account receives is positive, what it gives negative.
with sides as (
    select
        source_relation, record_key, 'debit' as side, debit_account_code as account_code,
        effective_date, task_id, reference, transaction, type, amount, amount as balance_change, inputs
    from {{ ref('cin7', 'int_core__transactions') }}
    union all
    select
        source_relation, record_key, 'credit', credit_account_code,
        effective_date, task_id, reference, transaction, type, amount, {{ cin7.amount('-amount') }}, inputs
    from {{ ref('cin7', 'int_core__transactions') }}
),

accounts as (
    select source_relation, code, max(name) as name, max(type) as type, max(class) as class
    from {{ ref('cin7', 'stg_cin7_core__accounts') }}
    group by source_relation, code
)

select
    {{ cin7.key('core', ['s.source_relation', 's.record_key', 's.side']) }} as ledger_key,
    'core' as product,
    s.source_relation,
    c.company,
    s.effective_date as posted_at,
    s.account_code,
    a.name as account_name,
    a.type as account_type,
    a.class as account_class,
    s.side,
    s.task_id as document_id,
    s.reference,
    s.transaction as description,
    s.type as document_type,
    s.amount,
    s.balance_change,
    c.base_currency,
    s.inputs
from sides as s
left join accounts as a
    on s.source_relation = a.source_relation and s.account_code = a.code
left join {{ ref('cin7', 'int_cin7__accounts') }} as c
    on c.product = 'core' and s.source_relation = c.source_relation
