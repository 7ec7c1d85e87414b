"""The command line: bad input gets one clear line and a non-zero exit, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_cin7.errors import Cin7Error, TargetGone

if TYPE_CHECKING:
    import logging


_FAILURES_OF_STDOUT = (errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)


class Cin7Command(SingerCommand):
    """The SDK's command with errors that people can read."""

    @classmethod
    def of(cls, command: click.Command, logger: logging.Logger) -> Cin7Command:
        """Return the SDK's command dressed as this one."""
        return cls(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            params=[
                *command.params,
                click.Option(
                    ["--check"],
                    is_flag=True,
                    help="Tell what a run would find, at one call a stream at most.",
                ),
                click.Option(
                    ["--json", "as_json"], is_flag=True, help="Give --check's report as JSON."
                ),
            ],
            help=command.help,
            logger=logger,
        )

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except Cin7Error as error:
            self._end(error)
        except (OSError, ValueError) as error:
            self._end_if_stdout_failed(error)  # discovery writes from here
            self._end(f"can't read what was given on the command line: {error}")

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()  # at the end of the process nobody could tell of an error
        except Cin7Error as error:
            self._end(error)
        except ValueError as error:
            # The SDK reads these files with simplejson, whose error is no kin of json's.
            if type(error).__name__ != "JSONDecodeError":
                raise
            self._end(f"the state or catalog file is no JSON: {error}")
        except TargetGone as gone:
            self._end_without_stdout(gone)
        except OSError as error:
            self._end_if_stdout_failed(error)
            raise

    def _end_if_stdout_failed(self, error: Exception) -> None:
        if not isinstance(error, OSError) or error.filename is not None:
            return
        if error.errno in _FAILURES_OF_STDOUT:
            self._end_without_stdout(TargetGone.because(error))

    def _end_without_stdout(self, gone: TargetGone) -> NoReturn:
        # What is still buffered would fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        self._end(gone)

    def _end(self, error: object) -> NoReturn:
        self.logger.error("%s", error)
        sys.exit(1)
