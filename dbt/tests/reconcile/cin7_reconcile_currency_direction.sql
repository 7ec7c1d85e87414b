{{ cin7.reconciled('currency_direction') }}
