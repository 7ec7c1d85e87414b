with lines as (
    {{ cin7.union_products(
        'purchase_lines',
        [
            'purchase_line_key', 'purchase_id', 'purchase_number', 'line_number', 'ordered_at', 'expected_at',
            'received_at', 'state', 'supplier_id', 'supplier_name', 'location', 'product_key', 'product_id', 'sku',
            'product_name', 'quantity', 'quantity_received', 'unit_price', 'currency', 'currency_rate',
            'base_currency', 'net', 'net_base',
        ],
        {'omni': {'base_currency': cin7.omni_base_currency()}},
    ) }}
)

select
    *,
    case when state = 'approved' then quantity - quantity_received else 0 end as quantity_open
from lines
