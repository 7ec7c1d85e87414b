"""The documentation site, built and looked at in a browser: ``make more``."""
