"""Singer: the one SDK stream class, and what leaves: SCHEMA, RECORD, STATE, ACTIVATE_VERSION.

The inside of the SDK is touched here and in ``tap_cin7.tap`` only.
"""
