"""``--verify``: test the tap's assumptions on an account, without revealing its values."""
