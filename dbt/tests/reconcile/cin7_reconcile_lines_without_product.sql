{{ cin7.reconciled('lines_without_product') }}
