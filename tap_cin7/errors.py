"""Errors, named by what the run does about them.

``RunStopped`` ends the whole run, ``StreamSkipped`` leaves one stream out and the run is still
a success, ``StreamFailed`` ends one stream and makes the run a failure, ``Retriable`` is retried
and becomes ``StreamFailed`` when no try is left.
"""

from __future__ import annotations

NOT_JSON = (ValueError, ArithmeticError, RecursionError)
"""What decoding raises for broken text, numbers out of range, and excessive nesting."""


class Cin7Error(Exception):
    """Base of every error that this tap raises on purpose; its text is one clear line.

    Attributes:
        exit_code: Exit code of a process that it ends.

    """

    exit_code = 1


class BadInput(Cin7Error):  # noqa: N818 - reads as what it is in a raise
    """A setting, catalog or state that the tap can't work with."""


class RunStopped(Cin7Error):  # noqa: N818
    """No stream can continue: the run ends."""


class WrongCredentials(RunStopped):
    """Cin7 does not accept the credentials."""


class DailyQuotaUsed(RunStopped):
    """No call is left today, by our own count or according to Cin7."""


class TimeUsed(RunStopped):
    """``max_run_minutes`` are over: the run ends as a success, the next one reads the rest."""

    exit_code = 0


class Terminated(RunStopped):
    """SIGTERM or SIGINT asked the run to end."""

    def __init__(self, signal_name: str, signal_number: int) -> None:
        super().__init__(f"stopped by {signal_name}: state is saved, run again to go on from there")
        self.exit_code = 128 + signal_number


RESUMABLE = (TimeUsed, DailyQuotaUsed, Terminated)
"""Causes of an early end after which the next run goes on."""


class StreamSkipped(Cin7Error):  # noqa: N818
    """The account may not or cannot read this stream; the others are not affected."""


class NotAvailable(StreamSkipped):
    """The account does not have this endpoint; it may belong to a module that it lacks."""


class StreamFailed(Cin7Error):  # noqa: N818
    """This stream can't continue; its bookmark stays at its last complete row."""


class GaveUp(StreamFailed):
    """Every try of a call failed: whether there is anything to read is unknown."""


class Incomplete(StreamFailed):
    """A reading lacks rows, so its bookmark must stay."""


class RecordGone(StreamFailed):
    """Cin7 has nothing under the requested id."""


class Retriable(Cin7Error):  # noqa: N818
    """A transient failure: a retry may succeed.

    Args:
        words: Cin7's message.
        retry_after: Seconds to wait before the next call, if Cin7 said so.

    """

    def __init__(self, words: str, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class Refused(Retriable):
    """Cin7 refused the call because a call limit was reached."""


class TargetGone(BaseException):
    """The target is gone.

    Not an ``Exception``: the SDK would log it as unhandled, and nothing can continue after it.
    """

    @classmethod
    def because(cls, error: OSError) -> TargetGone:
        """Convert an error of stdout."""
        if isinstance(error, BrokenPipeError):
            return cls("the target closed the pipe before the run was over")
        return cls(f"can't write to stdout: {error.strerror or error}")
