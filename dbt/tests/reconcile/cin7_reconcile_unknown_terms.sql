{{ cin7.reconciled('unknown_terms') }}
