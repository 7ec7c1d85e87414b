"""Documents: the call for one, with what its envelope and a second endpoint add to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.core.fallback import as_advanced, is_shell
from tap_cin7.core.replies import core_rows
from tap_cin7.errors import GaveUp, RecordGone, StreamFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import msgspec
    import requests

    from tap_cin7.client.client import Client
    from tap_cin7.client.tally import Tally
    from tap_cin7.core.replies import RawRows
    from tap_cin7.core.resource import CoreDetail


class Document(NamedTuple):
    """The records of one document.

    Attributes:
        rows: The records, as their bytes.
        copies: Columns of all of them that only the envelope says.
        asked_at: When it was asked for, by Cin7's clock: it is as it was then, or newer.
        gone: What Cin7 says when the document does not exist any more.

    """

    rows: list[msgspec.Raw]
    copies: Mapping[str, Any]
    asked_at: str
    gone: RecordGone | None = None


@dataclass(frozen=True)
class Documents:
    """The documents of one resource.

    Attributes:
        resource: What they are.
        client: Makes the calls.
        tally: Counts them.
        flags: Query parameters that settings switch on.

    """

    resource: type[CoreDetail]
    client: Client
    tally: Tally
    flags: Mapping[str, str] = field(default_factory=dict)

    def get(self, document: str) -> Document:
        """Ask for one document.

        Args:
            document: Its id.

        Raises:
            Cin7Error: If it can't be read.

        """
        started = self.client.clock.now()
        try:
            answer = self._asked(self.resource.path, document)
            rows = self._filled(answer.rows, document)
        except RecordGone as gone:
            return Document([], {}, self.client.server_clock.at(started), gone)
        except StreamFailed as error:
            raise StreamFailed(f"{document}: {error}") from error
        by_name = {name.lower(): value for name, value in answer.envelope.items()}
        copies = {
            column: by_name[name.lower()]
            for column, name in self.resource.copies.items()
            if name.lower() in by_name
        }
        return Document(rows, copies, self.client.server_clock.at(started))

    def _filled(self, rows: list[msgspec.Raw], document: str) -> list[msgspec.Raw]:
        path = self.resource.fallback_path
        if path is None or not any(map(is_shell, rows)):
            return rows
        try:
            return [as_advanced(row) for row in self._asked(path, document).rows] or rows
        except GaveUp:
            raise
        except StreamFailed:
            return rows

    def _asked(self, path: str, document: str) -> RawRows:
        resource = self.resource
        query = {**resource.params, **self.flags}
        if resource.id_param is None:
            path = f"{path}/{document}"
        else:
            query[resource.id_param] = document

        def read(response: requests.Response) -> RawRows:
            return core_rows(response, resource.records_key)

        return self.client.get(path, query, read, self.tally)
