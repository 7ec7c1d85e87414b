"""README and docs, followed as a new user follows them."""
