"""Cin7 Core V2: one module per business area; a stream is a declaration."""
