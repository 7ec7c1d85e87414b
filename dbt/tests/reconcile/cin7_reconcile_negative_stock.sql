{{ cin7.reconciled('negative_stock') }}
