-- The ledger's postings that count. They have no id, and a day that was read again may have lost some:
-- a reading covers the days from the newest posting that was known before, less the days that the tap
-- looks back, and what it did not bring of them is gone.
{%- set reading_seconds = cin7.reading_seconds() %}
{%- set lookbacks = {} %}
{%- for account in cin7.accounts('core') if account.get('transactions_lookback_days') is not none %}
{%- do lookbacks.update({account.schema: account.transactions_lookback_days | int}) %}
{%- endfor %}
with postings as (
    select t.*, cast(t.effective_date as date) as day
    from {{ ref('cin7', 'stg_cin7_core__transactions') }} as t
),

runs as (
    select
        source_relation, began, coalesce(ended, began) as ended,
        {{ cin7.seconds_after('began', -300) }} as earliest,
        {{ cin7.seconds_after('coalesce(ended, began)', 300) }} as latest
    from {{ ref('cin7', 'stg_cin7_core__tap_cin7_runs') }}
    where stream = 'transactions' and complete
),

recorded as (
    select source_relation, count(*) as runs
    from {{ ref('cin7', 'stg_cin7_core__tap_cin7_runs') }}
    where stream = 'transactions'
    group by source_relation
),

read_times as (
    select distinct source_relation, read_at from postings
),

-- Where runs are recorded, only complete ones say what is gone, and also those that brought nothing.
readings as (
    select
        b.source_relation, b.read_at,
        case when max(c.runs) is null or max(r.began) is not null then 1 else 0 end as is_complete
    from read_times as b
    left join recorded as c on b.source_relation = c.source_relation
    left join runs as r
        on b.source_relation = r.source_relation and b.read_at >= r.earliest and b.read_at <= r.latest
    group by b.source_relation, b.read_at
    union all
    select r.source_relation, r.began, 1
    from runs as r
    left join read_times as t
        on r.source_relation = t.source_relation and t.read_at >= r.earliest and t.read_at <= r.latest
    where t.read_at is null
),

ordered as (
    select
        r.*,
        cast(max(r.read_at) over (
            partition by r.source_relation order by r.read_at rows between unbounded preceding and 1 preceding
        ) as date) as read_before
    from readings as r
),

-- The days of postings and of readings, each with the day of the newest posting up to it.
days as (
    select
        c.source_relation, c.day,
        max(c.posted) over (
            partition by c.source_relation order by c.day rows between unbounded preceding and current row
        ) as newest
    from (
        select source_relation, day, max(posted) as posted
        from (
            select source_relation, day, day as posted from postings
            union all
            select source_relation, read_before, cast(null as date) from ordered
        ) as marks
        where day is not null
        group by source_relation, day
    ) as c
),

-- Postings that are read again forget when they were read first: what is dated up to the reading
-- before was known then.
bounds as (
    select
        o.source_relation, o.read_at,
        case when o.is_complete = 1 then {{ cin7.days_after(
            'max(d.newest)', '-1 * (' ~ cin7.by_account('o', lookbacks, 60) ~ ')'
        ) }} end as covers_from
    from ordered as o
    left join days as d on o.source_relation = d.source_relation and o.read_before = d.day
    group by o.source_relation, o.read_at, o.is_complete
),

-- For each reading, the first day that a later one covers.
later as (
    select
        b.source_relation, b.read_at,
        min(b.covers_from) over (
            partition by b.source_relation order by b.read_at rows between 1 following and unbounded following
        ) as gone_from
    from bounds as b
),

dated as (
    select
        p.*,
        l.gone_from,
        -- Earlier days that were read again all the same, as by a full refresh.
        max(case when r.is_complete = 1 then p.read_at end) over (partition by p.source_relation, p.day) as day_read_at
    from postings as p
    left join later as l on p.source_relation = l.source_relation and p.read_at = l.read_at
    left join readings as r on p.source_relation = r.source_relation and p.read_at = r.read_at
),

-- What the two sides of a posting are made of: it, and the accounts and their company.
accounts as (
    select a.source_relation, {{ cin7.hash_sum(cin7.row_hash('a', ref('cin7', 'stg_cin7_core__accounts'))) }} as hash
    from {{ ref('cin7', 'stg_cin7_core__accounts') }} as a
    group by a.source_relation
)

select
    d.*,
    {{ cin7.hash_of([
        cin7.rules_version(), 'd.source_relation', 'd.record_key', 'd.debit_account_code', 'd.credit_account_code', 'd.effective_date',
        'd.task_id', 'd.reference', 'd.transaction', 'd.type', 'd.amount', 'a.hash', 'c.company', 'c.base_currency',
    ]) }} as inputs
from dated as d
left join accounts as a on d.source_relation = a.source_relation
left join {{ ref('cin7', 'int_cin7__accounts') }} as c on c.product = 'core' and d.source_relation = c.source_relation
{%- if reading_seconds %}
where read_at is null or (
    (gone_from is null or day < gone_from)
    and (day_read_at is null or read_at >= {{ cin7.seconds_after('day_read_at', -reading_seconds) }})
)
{%- endif %}
