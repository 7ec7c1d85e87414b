"""One call of Cin7 and what bounds it: session, quota, patience, meaning of replies."""
