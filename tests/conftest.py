"""How many examples a property is tried with: few in `make check`, many in `make test`."""

from __future__ import annotations

from hypothesis import settings

# Examples start threads and servers: how long one takes says nothing of the code.
settings.register_profile("check", max_examples=15, deadline=None)
settings.register_profile("test", max_examples=100, deadline=None)
settings.load_profile("test")
