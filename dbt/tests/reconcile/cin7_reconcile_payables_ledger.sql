{{ cin7.reconciled('payables_ledger') }}
