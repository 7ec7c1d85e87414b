-- Sales by month: goods without tax and freight, in the currency of the sale and in NZD.
-- Approved orders count from their invoice on, credit notes with minus.
with lines as (
    select
        strftime(o."invoiceDate", '%Y-%m') as month,
        o."currencyCode" as currency,
        o."currencyRate" as rate,
        (l."qty" * l."unitPrice" - l."discount")
            * (1 - o."discountTotal" / o."productTotal")
            / case o."taxStatus" when 'Incl' then 1 + o."taxRate" / 100 else 1 end as net
    from cin7_omni.sales_orders as o
    inner join cin7_omni.sales_order_lines as l
        on o."id" = l."orderId" and o."modifiedDate" = l."parent_modified"
    where o."status" = 'APPROVED' and not o."isVoid" and o."invoiceDate" is not null
        -- The line of a kit has its price; the lines of its components (parentId > 0) would
        -- count it again.
        and l."parentId" = 0
    union all
    select
        strftime(c."creditNoteDate", '%Y-%m'),
        c."currencyCode",
        c."currencyRate",
        -(l."qty" * l."unitPrice" - l."discount")
            / case c."taxStatus" when 'Incl' then 1 + c."taxRate" / 100 else 1 end
    from cin7_omni.credit_notes as c
    inner join cin7_omni.credit_note_lines as l
        on c."id" = l."creditNoteId" and c."modifiedDate" = l."parent_modified"
    where c."status" = 'APPROVED'
)

select
    month as "Month",
    round(sum(net) filter (where currency = 'NZD'), 2) as "in NZD",
    round(sum(net) filter (where currency = 'AUD'), 2) as "in AUD",
    round(sum(net * rate), 2) as "Sales, NZD"
from lines
group by month
order by month
