"""Black-box tests by somebody who wants the tap to lose, repeat or hide rows.

The tap is driven by its command line only, against a server that knows nothing of it.
"""
