{{ cin7.reconciled('receivables_ledger') }}
