-- What came in for a document until the day that reports are made for, with minus what went out.
select source_relation, document_kind, document_id, {{ cin7.amount('sum(amount)') }} as amount, max(paid_at) as paid_at
from {{ ref('cin7', 'int_omni__payments') }}
where paid_at is null or cast(paid_at as date) <= {{ cin7.today() }}
group by source_relation, document_kind, document_id
