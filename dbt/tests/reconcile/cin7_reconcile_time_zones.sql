{{ config(severity='warn', tags=['reconcile']) }}
-- Without a time zone days are those of UTC: what was sold in the morning lies on the day before.
select source_relation, 'declare time_zone in cin7_omni_accounts, such as Pacific/Auckland' as what_to_set
from {{ ref('cin7', 'int_cin7__accounts') }}
where product = 'omni' and time_zone is null
