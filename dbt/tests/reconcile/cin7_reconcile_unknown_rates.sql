{{ cin7.reconciled('unknown_rates') }}
