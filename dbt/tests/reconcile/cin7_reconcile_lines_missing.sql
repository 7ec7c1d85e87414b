{{ cin7.reconciled('lines_missing') }}
