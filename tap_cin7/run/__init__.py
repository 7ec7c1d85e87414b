"""A run: which streams, in which order, how it ends, and what it reports."""
