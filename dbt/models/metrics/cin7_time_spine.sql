{{ config(materialized='table', enabled=var('cin7_metrics')) }}
-- The days that metrics are summed over.
with numbers as (
    {{ dbt.generate_series(8192) }}
)

select {{ cin7.days_after("cast('2015-01-01' as date)", 'cast(generated_number as integer) - 1') }} as date_day
from numbers
