"""Rows: what is declared of them, and what becomes of the bytes of one."""
