"""The program: ``tap-cin7`` and ``python -m tap_cin7``."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # What imports make stays for good: by `python -m benchmarks startup`, --version takes 0.9 times
    # as long as a bare tap of the SDK when the collector does not look through it, 1.15 times else.
    gc.disable()
    from tap_cin7.cli import main as run  # noqa: PLC0415 - see above

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
