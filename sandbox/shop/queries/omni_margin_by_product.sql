-- Margin by product in NZD: sales without tax and freight, less the cost of what was sold.
with lines as (
    select
        l."name" as product,
        l."qty" as units,
        (l."qty" * l."unitPrice" - l."discount")
            * (1 - o."discountTotal" / o."productTotal")
            / case o."taxStatus" when 'Incl' then 1 + o."taxRate" / 100 else 1 end
            * o."currencyRate" as sales,
        l."qty" * l."unitCost" as cost
    from cin7_omni.sales_orders as o
    inner join cin7_omni.sales_order_lines as l
        on o."id" = l."orderId" and o."modifiedDate" = l."parent_modified"
    where o."status" = 'APPROVED' and not o."isVoid" and o."invoiceDate" is not null
        and l."parentId" = 0
    union all
    select
        l."name",
        -l."qty",
        -(l."qty" * l."unitPrice" - l."discount")
            / case c."taxStatus" when 'Incl' then 1 + c."taxRate" / 100 else 1 end
            * c."currencyRate",
        -- What is not put back on the shelf has cost its money all the same.
        -l."qtyShipped" * l."unitCost"
    from cin7_omni.credit_notes as c
    inner join cin7_omni.credit_note_lines as l
        on c."id" = l."creditNoteId" and c."modifiedDate" = l."parent_modified"
    where c."status" = 'APPROVED'
)

select
    product as "Product",
    cast(sum(units) as integer) as "Units",
    round(sum(sales), 2) as "Sales, NZD",
    round(sum(cost), 2) as "Cost, NZD",
    round(100 * (sum(sales) - sum(cost)) / sum(sales), 1) as "Margin %"
from lines
group by product
order by sum(sales) desc
