"""The program: ``tap-cin7`` and ``python -m tap_cin7``."""

from __future__ import annotations

import gc

_YOUNG_OBJECTS = 10_000
"""A page of rows is thousands of objects, of which hardly one is part of a cycle: by
`python -m benchmarks lines`, looking through them at each 700, as Python 3.11 does, takes 3 % of a
run.
"""


def main() -> None:
    """Run the command line."""
    # What imports make stays for good: by `python -m benchmarks startup`, --version takes 0.9 times
    # as long as a bare tap of the SDK when the collector does not look through it, 1.15 times else.
    gc.disable()
    from tap_cin7.cli import main as run  # noqa: PLC0415 - see above

    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)
    gc.enable()
    run()


if __name__ == "__main__":
    main()
