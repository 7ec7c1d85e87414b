{{ cin7.reconciled('stock_movements') }}
