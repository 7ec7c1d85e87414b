"""Singer: the one SDK stream class, and messages: SCHEMA, RECORD, STATE, ACTIVATE_VERSION.

Only this package and ``tap_cin7.tap`` touch the internals of the SDK.
"""
