"""Absence needs two witnesses: nothing that Cin7 has is removed, nothing doubtful is called
complete, and every reading gets on.

Written from the rules alone: the tap is driven by its command line, against the server of
``tests.losses``, and what it writes goes into a loader that deletes for good.
"""
