"""An answer is what was asked for, or it is no answer; what is owed is remembered.

Each test runs the command line against a stand-in that answers wrongly: hollow, foreign, refused,
cut, late. See ``forms`` for what comes in place of the right answer, ``account`` for the account.
"""
