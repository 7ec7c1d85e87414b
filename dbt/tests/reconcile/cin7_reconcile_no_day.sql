{{ cin7.reconciled('no_day') }}
