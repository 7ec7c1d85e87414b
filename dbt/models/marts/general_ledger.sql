-- Each transaction has two sides: what an account receives is positive, what it gives negative.
with sides as (
    select
        source_relation, record_key, 'debit' as side, debit_account_code as account_code,
        effective_date, task_id, reference, transaction, type, amount, amount as balance_change
    from {{ ref('stg_cin7_core__transactions') }}
    union all
    select
        source_relation, record_key, 'credit', credit_account_code,
        effective_date, task_id, reference, transaction, type, amount, -amount
    from {{ ref('stg_cin7_core__transactions') }}
)

select
    {{ cin7.key('core', ['s.source_relation', 's.record_key', 's.side']) }} as ledger_key,
    'core' as product,
    s.source_relation,
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
    s.balance_change
from sides as s
left join {{ ref('stg_cin7_core__accounts') }} as a
    on s.source_relation = a.source_relation and s.account_code = a.code
