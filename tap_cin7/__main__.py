"""Run the tap with ``python -m tap_cin7``."""

from tap_cin7.tap import TapCin7

TapCin7.cli()
