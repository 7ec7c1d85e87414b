-- What should be equal, and by how much it is not: one row a check and account.
with ranked as (
    select
        *,
        row_number() over (
            partition by check_name, product, source_relation
            order by case when is_off then 0 else 1 end, abs(found - expected) desc, document
        ) as place
    from {{ ref('cin7', 'int_cin7__checks') }}
),

firsts as (
    select
        check_name, product, source_relation,
        {{ dbt.listagg("document", "', '", "order by place") }} as examples
    from ranked
    where is_off and place <= 5
    group by check_name, product, source_relation
),

summed as (
    select
        check_name, product, source_relation,
        count(*) as rows_checked,
        {{ cin7.amount('sum(expected)') }} as expected,
        {{ cin7.amount('sum(found)') }} as found,
        {{ cin7.amount('sum(found) - sum(expected)') }} as difference,
        cast(sum(case when is_off then 1 else 0 end) as {{ cin7.type_of('integer') }}) as failures
    from ranked
    group by check_name, product, source_relation
)

select
    s.check_name,
    s.product,
    s.source_relation,
    a.company,
    s.rows_checked,
    s.expected,
    s.found,
    s.difference,
    s.failures,
    f.examples
from summed as s
left join firsts as f
    on s.check_name = f.check_name and s.product = f.product and s.source_relation = f.source_relation
left join {{ ref('cin7', 'int_cin7__accounts') }} as a
    on s.product = a.product and s.source_relation = a.source_relation
