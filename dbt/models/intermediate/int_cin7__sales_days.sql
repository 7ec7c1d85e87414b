-- What the sales of a day are made of; those without a day lie on the first there is.
select
    source_relation,
    coalesce(day, cast('0001-01-01' as date)) as day,
    {{ cin7.hash_of(['source_relation', "coalesce(day, cast('0001-01-01' as date))", cin7.hash_sum('inputs')]) }} as inputs
from {{ ref('cin7', 'int_cin7__sales') }}
group by source_relation, coalesce(day, cast('0001-01-01' as date))
