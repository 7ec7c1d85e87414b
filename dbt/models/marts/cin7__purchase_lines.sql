with lines as (
    {{ cin7.union_products(
        'purchase_lines',
        [
            'purchase_line_key', 'purchase_id', 'purchase_number', 'line_number', 'ordered_at', 'expected_at',
            'received_at', 'state', 'is_open', 'supplier_id', 'supplier_name', 'location', 'product_key', 'product_id', 'sku',
            'product_name', 'quantity', 'quantity_received', 'unit_price', 'currency', 'currency_rate',
            'net', 'net_base', 'landed_cost_base',
        ],
        says_currency=true,
    ) }}
)

select
    *,
    {{ cin7.amount('case when is_open then greatest(quantity - quantity_received, 0) else 0 end') }} as quantity_open,
    {{ cin7.amount('landed_cost_base / nullif(quantity, 0)') }} as landed_unit_cost_base,
    case when received_at is not null then {{ cin7.days_between('ordered_at', 'received_at') }} end as lead_days
from lines
