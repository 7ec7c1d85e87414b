"""How fast the tap is, how much memory it takes, and how well it uses the quota."""
