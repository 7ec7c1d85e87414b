"""Meltano from end to end: sandbox, tap, loader, database."""
