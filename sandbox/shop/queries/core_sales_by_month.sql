-- Sales by month: goods without tax and charges, in the currency of the sale and in NZD.
-- Invoices count once they are authorised, credit notes with minus.
with lines as (
    select
        strftime(i."InvoiceDate", '%Y-%m') as month,
        s."CustomerCurrency" as currency,
        i."CurrencyConversionRate" as rate,
        -- The Total of a line holds the tax where the prices do.
        l."Total" - case s."TaxCalculation" when 'Inclusive' then l."Tax" else 0 end as net
    from cin7_core.sales as s
    inner join cin7_core.sale_invoices as i
        on s."ID" = i."SaleID" and s."header_modified" = i."parent_modified"
    inner join cin7_core.sale_invoice_lines as l
        on i."TaskID" = l."InvoiceTaskID" and i."parent_modified" = l."parent_modified"
    -- A voided invoice stays beside the one that was issued instead.
    where i."Status" in ('AUTHORISED', 'PAID')
    union all
    select
        strftime(c."CreditNoteDate", '%Y-%m'),
        s."CustomerCurrency",
        c."CreditNoteConversionRate",
        -(
            cast(l.value ->> 'Total' as double)
            - case s."TaxCalculation"
                when 'Inclusive' then cast(l.value ->> 'Tax' as double) else 0
            end
        )
    from cin7_core.sales as s
    inner join cin7_core.sale_credit_notes as c
        on s."ID" = c."SaleID" and s."header_modified" = c."parent_modified",
        json_each(c."Lines") as l
    where c."Status" in ('AUTHORISED', 'PAID')
)

select
    month as "Month",
    round(sum(net) filter (where currency = 'NZD'), 2) as "in NZD",
    round(sum(net) filter (where currency = 'AUD'), 2) as "in AUD",
    round(sum(net * rate), 2) as "Sales, NZD"
from lines
group by month
order by month
