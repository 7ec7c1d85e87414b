"""Cin7 Omni: one module per business area; a stream is a declaration."""
