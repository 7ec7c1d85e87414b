-- Margin by product in NZD: sales without tax and charges, less the cost of what was sold.
-- Variants of a family count together.
with families as (
    select
        f."Name" as family,
        p.value ->> 'ID' as product_id
    from cin7_core.product_families as f, json_each(f."Products") as p
),

lines as (
    select
        l."ProductID" as product_id,
        l."Name" as name,
        l."Quantity" as units,
        (l."Total" - case s."TaxCalculation" when 'Inclusive' then l."Tax" else 0 end)
            * i."CurrencyConversionRate" as sales,
        l."Quantity" * l."AverageCost" as cost
    from cin7_core.sales as s
    inner join cin7_core.sale_invoices as i
        on s."ID" = i."SaleID" and s."header_modified" = i."parent_modified"
    inner join cin7_core.sale_invoice_lines as l
        on i."TaskID" = l."InvoiceTaskID" and i."parent_modified" = l."parent_modified"
    where i."Status" in ('AUTHORISED', 'PAID')
    union all
    select
        l.value ->> 'ProductID',
        l.value ->> 'Name',
        -cast(l.value ->> 'Quantity' as double),
        -(
            cast(l.value ->> 'Total' as double)
            - case s."TaxCalculation"
                when 'Inclusive' then cast(l.value ->> 'Tax' as double) else 0
            end
        ) * c."CreditNoteConversionRate",
        -- What is not put back on the shelf has cost its money all the same.
        case
            when json_array_length(c."Restock") = 0 then 0
            else
                -cast(l.value ->> 'Quantity' as double)
                * cast(l.value ->> 'AverageCost' as double)
        end
    from cin7_core.sales as s
    inner join cin7_core.sale_credit_notes as c
        on s."ID" = c."SaleID" and s."header_modified" = c."parent_modified",
        json_each(c."Lines") as l
    where c."Status" in ('AUTHORISED', 'PAID')
)

select
    coalesce(f.family, l.name) as "Product",
    cast(sum(l.units) as integer) as "Units",
    round(sum(l.sales), 2) as "Sales, NZD",
    round(sum(l.cost), 2) as "Cost, NZD",
    round(100 * (sum(l.sales) - sum(l.cost)) / sum(l.sales), 1) as "Margin %"
from lines as l
left join families as f on l.product_id = f.product_id
group by coalesce(f.family, l.name)
order by sum(l.sales) desc
