"""``--verify``: the tap tests its own assumptions on an account, and no value of it leaves."""
