"""The program: ``tap-cin7`` and ``python -m tap_cin7``."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    import singer_sdk  # noqa: F401, PLC0415 - see below

    # What the SDK has brought along by now stays for good, so collections need not look at it
    # again and again while the streams are declared, nor at the end. By
    # ``python -m benchmarks startup``, --version takes 0.90 times as long as a bare tap of the
    # SDK with this, and 1.07 times without.
    gc.freeze()
    from tap_cin7.tap import TapCin7  # noqa: PLC0415 - as above

    TapCin7.cli()


if __name__ == "__main__":
    main()
