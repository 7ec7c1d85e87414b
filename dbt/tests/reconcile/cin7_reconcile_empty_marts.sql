{{ cin7.reconciled('empty_marts') }}
