{{ cin7.reconciled('cogs_amount') }}
