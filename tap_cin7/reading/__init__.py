"""Reading: what a resource is, what a reader is given for it, and what it yields."""
