"""The program: ``tap-cin7`` and ``python -m tap_cin7``."""

from __future__ import annotations

from tap_cin7.cli import main

if __name__ == "__main__":
    main()
