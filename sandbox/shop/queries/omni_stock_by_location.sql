-- Stock by branch: units, and what they cost by the cost price of each option and size.
select
    s."branchName" as "Location",
    cast(sum(s."stockOnHand") as integer) as "On hand",
    cast(sum(s."openSales") as integer) as "Sold",
    cast(sum(s."incoming") as integer) as "Incoming",
    round(sum(s."stockOnHand" * p."value"), 2) as "Value, NZD"
from cin7_omni.stock as s
inner join cin7_omni.product_options as o
    on s."productOptionId" = o."id" and coalesce(s."size", '') = coalesce(o."size", '')
inner join cin7_omni.product_option_prices as p
    on o."id" = p."id" and o."sizeId" = p."sizeId" and p."name" = 'costNZD'
group by s."branchName"
order by s."branchName"
