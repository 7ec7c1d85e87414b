"""What an owner asks every morning, in the order of the page.

The queries read views of the marts that show one company's books (see ``marts``), and amounts are
in the currency of these books. Periods end with ``as_of``, the day of the last change in Cin7.
"""

from __future__ import annotations

from demo.report.answers import (
    Alert,
    Bars,
    Column,
    Kind,
    Months,
    Question,
    money,
    text,
    units,
)

_AGES = """
    select age, coalesce(documents, 0), case when documents is null then 0 else owed end
    from (
        values
            (1, 'Not due', 'not_due'),
            (2, '1 to 30 days', '1_30'),
            (3, '31 to 60 days', '31_60'),
            (4, '61 to 90 days', '61_90'),
            (5, 'Over 90 days', 'over_90'),
            (6, 'Terms unknown', 'no_terms')
    ) as ages (place, age, ageing)
    left join (
        select ageing, count(*) as documents, sum(outstanding_base) as owed
        from {mart} group by ageing
    ) as sums using (ageing)
    where exists (from {mart})
    order by place
"""
_AGED = (text("Overdue"), units("Documents"), money("Owed"))
_BY_AGE = Bars("Overdue", "Owed")

QUESTIONS = (
    Question(
        title="Sales and margin by month",
        note="Goods without tax and charges, credit notes with minus on their own day; margin is "
        "sales less the cost of the goods, where a cost that is not known counts as 0. A mark is "
        "the same month, or the same days of it, a year before. Of a month with * only some days "
        "are there: the table says which.",
        nothing="There are no sales yet.",
        columns=(
            Column("Month", Kind.MONTH),
            text("Days"),
            money("Sales"),
            money("Margin"),
            Column("Margin %", Kind.PERCENT),
            Column("Year before", Kind.MONEY),
        ),
        query="""
            with months as (
                select unnest(generate_series(
                    date_trunc('month', greatest(begins, as_of - interval 13 months)),
                    date_trunc('month', as_of),
                    interval 1 month
                ))::date as month
                from period
                where begins is not null
            ),
            spans as (
                select
                    month,
                    begins,
                    least(last_day(month), as_of) as until,
                    (month - interval 1 year)::date as before,
                    case
                        when as_of < last_day(month) then (as_of - interval 1 year)::date
                        else last_day((month - interval 1 year)::date)
                    end as before_until
                from months cross join period
            )
            select
                month,
                concat_ws(
                    ', ',
                    case when begins > month then strftime(begins, 'from %-d %b') end,
                    case when until < last_day(month) then strftime(until, 'to %-d %b') end
                ) as days,
                coalesce(sum(net_base) filter (day >= month), 0) as sales,
                coalesce(sum(margin_base) filter (day >= month), 0) as margin,
                100 * sum(margin_base) filter (day >= month)
                    / nullif(sum(net_base) filter (day >= month), 0) as margin_percent,
                case when before >= begins then coalesce(sum(net_base) filter (day < month), 0) end
            from spans
            left join daily_sales
                on day between month and until or day between before and before_until
            group by month, begins, until, before
            order by month
        """,
        most=14,
        chart=Months("Month", "Days", "Sales", "Margin", "Year before"),
    ),
    Question(
        title="Best and worst products",
        note="By margin in the last 52 weeks; in brackets what share of sales the margin is. A "
        "loss lies to the left of zero.",
        nothing="Nothing was sold in the last 52 weeks.",
        columns=(
            text("Product"),
            units("Units"),
            money("Sales"),
            money("Margin"),
            Column("Margin %", Kind.PERCENT),
        ),
        query="""
            select
                coalesce(product_group, 'No product') as name,
                sum(units),
                coalesce(sum(net_base), 0),
                coalesce(sum(margin_base), 0) as margin,
                100 * sum(margin_base) / nullif(sum(net_base), 0)
            from daily_sales cross join period
            where day > as_of - 364 and day <= as_of
            group by name
            order by margin desc, name
        """,
        most=8,
        least=5,
        chart=Bars("Product", "Margin", "Margin %"),
    ),
    Question(
        title="What customers owe",
        note="Invoices that are not settled, with tax, by days overdue; credit notes and deposits "
        "with minus.",
        nothing="No customer owes anything.",
        columns=_AGED,
        query=_AGES.format(mart="receivables"),
        chart=_BY_AGE,
    ),
    Question(
        title="Overdue invoices",
        note="The largest first.",
        nothing="No invoice is overdue.",
        columns=(
            text("Invoice"),
            Column("Due", Kind.DAY),
            Column("Days overdue", Kind.COUNT),
            money("Owed"),
        ),
        query="""
            select
                concat_ws(' ', document_number, customer_name),
                due_at::date,
                days_overdue,
                outstanding_base
            from receivables
            where days_overdue > 0 and outstanding > 0
            order by outstanding_base desc nulls last, document_number
        """,
        most=8,
        alert=Alert("Overdue invoices", worth="Owed"),
    ),
    Question(
        title="What suppliers are owed",
        note="Bills that are not settled, with tax, by days overdue; credit notes and deposits "
        "with minus.",
        nothing="No supplier is owed anything.",
        columns=_AGED,
        query=_AGES.format(mart="payables"),
        chart=_BY_AGE,
    ),
    Question(
        title="Bills to pay",
        note="Overdue, or due within 7 days.",
        nothing="No bill is due within 7 days.",
        columns=(
            text("Purchase"),
            Column("Due", Kind.DAY),
            Column("Days overdue", Kind.COUNT),
            money("Owed"),
        ),
        query="""
            select
                concat_ws(' ', document_number, supplier_name),
                due_at::date,
                days_overdue,
                outstanding_base
            from payables cross join period
            where due_at < as_of + 8 and outstanding > 0
            order by due_at, document_number
        """,
        most=8,
        alert=Alert("Bills to pay", worth="Owed"),
    ),
    Question(
        title="Late orders",
        note="Promised for a day that has passed, and not shipped, or not all of it. Without tax.",
        nothing="No order is late.",
        columns=(
            text("Order"),
            Column("Promised", Kind.DAY),
            Column("Days late", Kind.COUNT),
            money("Worth"),
        ),
        query="""
            select
                concat_ws(' ', order_number, customer_name),
                promised_at::date,
                as_of - promised_at::date,
                document_net_base
            from orders cross join period
            where is_late and (shipped_at is null or fulfilment_status ilike 'part%')
            order by promised_at, order_number
        """,
        alert=Alert("Late orders", worth="Worth"),
    ),
    Question(
        title="What to buy",
        note="Below its minimum, or gone before the next delivery at the pace of the last weeks; "
        "what is coming counts as there. The first that runs out comes first.",
        nothing="Nothing has to be bought.",
        columns=(
            text("Product"),
            Column("Free to sell", Kind.COUNT),
            Column("Coming", Kind.COUNT),
            Column("Days left", Kind.COUNT),
            units("Buy"),
            money("Cost"),
        ),
        query="""
            select
                concat_ws(' ', sku, product_name) as name,
                available,
                incoming,
                case when days_of_cover < 0 then 0 else round(days_of_cover) end as days_left,
                suggested_quantity,
                suggested_quantity * unit_cost_base
            from reorder
            left join (select product_key, unit_cost_base from products) using (product_key)
            where is_due
            order by days_left nulls last, name
        """,
        alert=Alert("Products to buy", worth="Cost"),
    ),
    Question(
        title="Stock by location",
        note="As it is now, at cost.",
        nothing="Nothing is in stock.",
        columns=(text("Location"), units("Units"), money("Value")),
        query="""
            select
                coalesce(location, 'No location') as name,
                sum(on_hand),
                coalesce(sum(value_base), 0) as worth
            from stock_levels
            group by name
            order by worth desc, name
        """,
        chart=Bars("Location", "Value"),
    ),
    Question(
        title="Stock turn",
        note="Cost of the goods that left in the last 52 weeks, or since the books begin, as a "
        "whole year's over the value of today's stock. Stock without demand sold nothing in the "
        "time that the reorder table looks at, 90 days by default.",
        nothing="Nothing is in stock.",
        columns=(
            Column("Stock", Kind.MONEY),
            Column("Cost of goods sold", Kind.MONEY),
            Column("Turns a year", Kind.RATIO),
            Column("Days in stock", Kind.COUNT),
            Column("Without demand", Kind.MONEY),
        ),
        query="""
            with stock as (
                select product_key, sum(value_base) as worth from stock_levels group by product_key
            ),
            totals as (
                select
                    sum(worth) as worth,
                    coalesce(sum(worth) filter (units_sold <= 0), 0) as idle
                from stock
                left join (select product_key, units_sold from reorder) using (product_key)
            ),
            sold as (
                select coalesce(sum(cost_base), 0) as cost
                from cogs cross join period
                where moved_at::date > as_of - 364 and moved_at::date <= as_of
            )
            select
                worth,
                cost,
                cost * 364 / nullif(least(as_of - begins + 1, 364) * worth, 0) as turns,
                round(364 / nullif(turns, 0)),
                idle
            from totals cross join sold cross join period
            where worth is not null
        """,
    ),
    Question(
        title="Open purchases",
        note="What is still to come, with its share of freight and charges.",
        nothing="No purchase is open.",
        columns=(
            text("Purchase"),
            Column("Expected", Kind.DAY),
            Column("Days late", Kind.COUNT),
            units("Units"),
            money("Worth"),
        ),
        query="""
            select
                concat_ws(' ', purchase_number, max(supplier_name)),
                min(expected_at)::date as expected,
                case when expected > max(as_of) then 0 else max(as_of) - expected end,
                sum(quantity_open),
                sum(quantity_open * landed_unit_cost_base)
            from purchase_lines cross join period
            where is_open
            group by purchase_id, purchase_number
            order by expected nulls last, purchase_number
        """,
        alert=Alert("Late purchases", urgent="Days late", worth="Worth"),
    ),
    Question(
        title="Checks of the numbers",
        note="What should be equal in these books. What each check means, and what to do about "
        "it, is in dbt/README.md.",
        nothing="Nothing was checked: no rows are loaded.",
        columns=(
            text("Check"),
            text("State"),
            Column("Checked", Kind.COUNT),
            Column("Differ", Kind.COUNT),
            Column("Difference", Kind.MONEY),
        ),
        query="""
            select
                replace(check_name, '_', ' '),
                case
                    when sum(failures) > 0
                        then concat_ws(': ', 'differs', string_agg(examples, ', '))
                    else 'agrees'
                end,
                sum(rows_checked),
                sum(failures),
                case when sum(failures) > 0 then sum(difference) end
            from reconcile
            group by check_name
            order by sum(failures) > 0 desc, check_name
        """,
        most=30,
        alert=Alert("Checks that differ", urgent="Differ"),
    ),
)
