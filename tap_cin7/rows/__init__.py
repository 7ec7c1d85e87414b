"""Rows: their schemas, and the way of one from its bytes to its records."""
