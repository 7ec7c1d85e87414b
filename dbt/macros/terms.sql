{# Terms of payment, which people write as they like. #}

{% macro terms_words() %}
{{ return('(nett|net|n|days|day|d|calendar|from|of|after|on|by|invoice|inv|date|the|terms|term|payment|payable|paid|due|within|in|strictly|account|acct|is|[^a-z0-9])*') }}
{% endmacro %}

{# Text patterns of the terms that are understood, by kind. #}
{% macro terms_patterns() %}
{%- set w = cin7.terms_words() -%}
{%- set following = '(month following|following month|next month|month after|following|next|mf)' -%}
{%- set last = '(eom|end of the month|end of month|end of invoice month|end month|month end|last day of the month|last day of month)' -%}
{{ return({
    'at_once': '^' ~ w ~ '(cod|c[.]o[.]d[.]?|cash on delivery|on delivery|cash|cash sale|cash only|receipt|immediate|immediately|now|prepaid|prepay|prepayment|pre-payment|advance|cash in advance|cash before delivery|before delivery|proforma|pro forma|pia|cia|cbd)' ~ w ~ '$',
    'days': '^' ~ w ~ '[0-9]{1,3}' ~ w ~ '$',
    'weeks': '^' ~ w ~ '[0-9]{1,2}' ~ w ~ '(weeks|week)' ~ w ~ '$',
    'months': '^' ~ w ~ '[0-9]{1,2}' ~ w ~ '(months|month)' ~ w ~ '$',
    'end_of_next_month': '^' ~ w ~ '((end of|last day of|last of)' ~ w ~ following ~ '|eom' ~ w ~ following ~ ')' ~ w ~ '$',
    'after_end_of_month': '^' ~ w ~ '([0-9]{1,3}' ~ w ~ last ~ '|' ~ last ~ '(plus|[+])?' ~ w ~ '[0-9]{1,3}|' ~ last ~ ')' ~ w ~ '$',
    'day_of_next_month': '^' ~ w ~ '([0-9]{1,2}(st|nd|rd|th)?' ~ w ~ following ~ '|' ~ following ~ w ~ '[0-9]{1,2}(st|nd|rd|th)?)' ~ w ~ '$',
}) }}
{% endmacro %}


{# Terms in lower case; of "2/10 net 30" what is due when, without the discount for paying early. #}
{% macro plain_terms(terms) %}
{{ return(cin7.replaced("lower(trim(" ~ terms ~ "))", '^[0-9.]+ *(%|[/,]|% *[/,]) *[0-9]+ *(days)?[ ,;]*(nett|net|n)', 'net')) }}
{% endmacro %}


{# The day on which an invoice is due by the terms of a row of int_cin7__terms; null where they are
   not understood. #}
{% macro due_on(issued, terms) %}
{%- set day = 'cast(' ~ issued ~ ' as date)' -%}
{%- set number = terms ~ '.number' -%}
{%- set next_month = dbt.dateadd('month', 1, dbt.date_trunc('month', day)) -%}
case {{ terms }}.kind
    when 'at_once' then {{ day }}
    when 'days' then {{ cin7.days_after(day, number) }}
    when 'weeks' then {{ cin7.days_after(day, '7 * ' ~ number) }}
    when 'months' then cast({{ dbt.dateadd('month', number, day) }} as date)
    when 'end_of_next_month' then cast({{ dbt.last_day(next_month, 'month') }} as date)
    when 'after_end_of_month' then
        {{ cin7.days_after(dbt.last_day(day, 'month'), 'coalesce(' ~ number ~ ', 0)') }}
    when 'day_of_next_month' then least(
        {{ cin7.days_after(next_month, number ~ ' - 1') }}, cast({{ dbt.last_day(next_month, 'month') }} as date)
    )
end
{%- endmacro %}
