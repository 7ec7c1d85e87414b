"""Books made by hand: rows as a loader holds them, a question, and the answer that paper gives.

The numbers come from arithmetic in a comment beside the rows, never from the package's SQL.
"""
