{{ cin7.reconciled('lines_dropped') }}
