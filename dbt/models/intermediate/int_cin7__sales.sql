{{ config(materialized='view') }}
-- What was invoiced, and with minus what was credited: goods without tax and charges, with their cost.
with lines as (
    select
        product, source_relation, company, 'invoice' as document_type, invoice_line_key as sales_line_key,
        invoice_id as document_id, invoice_number as document_number, invoiced_at as sold_at, order_key, customer_key,
        location, channel, product_key, product_id, product_group, sku, product_name,
        quantity as units, currency, base_currency, net, net_base, cost_base, margin_base, cost_source, has_cost, inputs
    from {{ ref('cin7', 'int_cin7__invoice_lines') }}
    union all
    select
        product, source_relation, company, 'credit_note', return_line_key,
        credit_note_id, credit_note_number, returned_at, order_key, customer_key,
        location, channel, product_key, product_id, product_group, sku, product_name,
        {{ cin7.amount('-quantity') }}, currency, base_currency, {{ cin7.amount('-net') }}, {{ cin7.amount('-net_base') }},
        {{ cin7.amount('-cost_base') }}, {{ cin7.amount('-margin_base') }}, cost_source, has_cost, inputs
    from {{ ref('cin7', 'int_cin7__returns') }}
)

select *, cast(sold_at as date) as day
from lines
