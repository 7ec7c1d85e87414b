-- Stock by location, bins and batches together. OnHand is units, StockOnHand is money.
-- A batch that is used up is not listed any more, but its last row stays in the table: only the
-- rows of the newest read count, which took less than ten seconds.
select
    "Location" as "Location",
    cast(sum("OnHand") as integer) as "On hand",
    cast(sum("Allocated") as integer) as "Allocated",
    cast(sum("OnOrder" + "InTransit") as integer) as "Incoming",
    round(sum("StockOnHand"), 2) as "Value, NZD"
from cin7_core.product_availability
where "_sdc_extracted_at" > (
    select max("_sdc_extracted_at") - interval 10 second from cin7_core.product_availability
)
group by "Location"
order by "Location"
