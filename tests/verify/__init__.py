"""``--verify``: what it sees on stand-ins, what it costs, and what never leaves."""
