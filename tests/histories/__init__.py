"""Any history, read in several builds, ends where one full build ends."""
