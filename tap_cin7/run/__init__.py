"""A run: the order of its streams, how it ends, and its reports."""
