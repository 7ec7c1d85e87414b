{{ cin7.reconciled('order_totals') }}
