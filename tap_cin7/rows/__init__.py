"""Schemas, and conversion of raw rows to records."""
