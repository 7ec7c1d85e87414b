"""Run the sandbox by hand: ``python -m sandbox --help``."""

from __future__ import annotations

import argparse
import sys
import threading
from typing import TYPE_CHECKING

from sandbox.faults import DEFAULT_KINDS, Faults, check
from sandbox.quota import CallLimit
from sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

OMNI_LIMITS = (3, 60, 5000)
"""Cin7's published limits per second, minute and day."""


def _rows(text: str) -> tuple[str, int]:
    stream, _, count = text.partition("=")
    if not count.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not STREAM=NUMBER")
    return stream, int(count)


def _limits(text: str) -> CallLimit:
    named = {"real": OMNI_LIMITS, "none": (0, 0, 0)}
    numbers = named.get(text) or text.split(",")
    try:
        second, minute, day = (int(number) or None for number in numbers)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither 'real', 'none' nor SECOND,MINUTE,DAY with 0 for no limit"
        ) from error
    return CallLimit(second, minute, day)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A stand-in for Cin7 with generated data.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = made.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=8077, help="port to listen on; 0 takes a free one")
    add("--seed", type=int, default=1, help="what the data, faults and edits come from")
    add(
        "--rows",
        type=_rows,
        action="append",
        default=[],
        metavar="STREAM=NUMBER",
        help="rows of one stream; may be repeated",
    )
    add("--default-rows", type=int, default=300, help="rows of the other streams")
    add("--crowd", type=int, help="sales orders that share one second")
    add("--warm", action="store_true", help="make all rows of Omni before listening")
    add("--warm-core", action="store_true", help="make all rows of Core before listening")
    add("--latency", type=float, default=0.0, help="seconds that every answer takes")
    add("--faults", type=float, default=0.0, metavar="RATE", help="share of calls that fail")
    add(
        "--fault-kinds",
        type=lambda text: tuple(check(kind) for kind in text.split(",")),
        default=",".join(map(str, DEFAULT_KINDS)),
        metavar="KIND,...",
        help="what fails: statuses and kinds",
    )
    add("--slow-seconds", type=float, default=0.2, help="how long a slow answer takes")
    add("--edits", type=int, default=0, metavar="N", help="rows edited after each list call")
    add("--edits-stream", help="stream that is edited instead of the one being read")
    add("--limits", type=_limits, default="none", help="real, none or SECOND,MINUTE,DAY")
    add(
        "--retry-after",
        choices=("none", "seconds", "date", "text"),
        default="none",
        help="form of Retry-After when a limit is hit",
    )
    add("--denied", action="append", default=[], metavar="STREAM", help="answered with 403")
    add(
        "--unavailable",
        action="append",
        default=[],
        metavar="STREAM",
        help="Core stream that the account does not have",
    )
    add(
        "--core-limit",
        type=int,
        metavar="N",
        help="calls per 60 seconds of Core; 60 is the published limit",
    )
    add(
        "--core-limit-form",
        choices=("429", "503", "400", "403"),
        default="429",
        help="how Core says that its limit is reached",
    )
    add("--account-id", default="demo-account", help="id of the Core account")
    add("--application-key", default="demo-application-key", help="key of the Core account")
    add("--username", default="demo", help="API username")
    add("--api-key", default="demo-key", help="key of the connection")
    add("--seconds", type=float, help="stop after this many seconds")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    options = parser().parse_args(argv)
    quota: CallLimit = options.limits
    quota.retry_after = options.retry_after
    server = Sandbox(
        seed=options.seed,
        rows=dict(options.rows),
        default_rows=options.default_rows,
        crowd=options.crowd,
        username=options.username,
        api_key=options.api_key,
        account_id=options.account_id,
        application_key=options.application_key,
        unavailable=options.unavailable,
        core_quota=CallLimit(per_minute=options.core_limit, retry_after="text"),
        core_limit_form=options.core_limit_form,
        denied=options.denied,
        quota=quota,
        faults=Faults(options.faults, options.seed, options.fault_kinds, options.slow_seconds),
        edits_per_call=options.edits,
        edits_stream=options.edits_stream,
        latency_seconds=options.latency,
        host=options.host,
        port=options.port,
    )
    if options.warm:
        server.store.warm()
    if options.warm_core:
        server.core.store.warm()
    with server:
        sys.stdout.write(
            f"sandbox ready: omni {server.base_url} "
            f"(username {options.username}, api_key {options.api_key})\n"
            f"core {server.core_base_url}, V1 {server.core_v1_base_url} "
            f"(account_id {options.account_id}, application_key {options.application_key})\n"
        )
        sys.stdout.flush()
        try:
            threading.Event().wait(options.seconds)
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
