"""Documents: the call for one, with what its envelope and a second endpoint add to it.

An answer is a document only if it carries the id that was asked for: null, empty shells and other
documents come with 200 (a public client and a public re-order tool met them).

Relies on: core-document-id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.client.patience import TRIES
from tap_cin7.client.replies import HtmlAnswer, WrongAnswer
from tap_cin7.core.fallback import as_advanced, is_shell
from tap_cin7.core.replies import Wanted, core_rows
from tap_cin7.errors import GaveUp, NotAvailable, RecordGone, StreamFailed
from tap_cin7.reading.expected import ExpectedRows, id_in, wrong
from tap_cin7.rows.repair import split_fields

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

    """

    rows: list[msgspec.Raw]
    copies: Mapping[str, Any]
    asked_at: str


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

    def get(self, document: str, other_id: str = "", tries: int = TRIES) -> Document:
        """Ask for one document.

        Args:
            document: Its id.
            other_id: Another id that it may carry in place of that one.
            tries: Most times to ask.

        Raises:
            StreamFailed: If Cin7 does not give it.
            Cin7Error: If no document of this kind can be read.

        """
        started = self.client.clock.now()
        names = {document.lower(), other_id.lower() or document.lower()}
        try:
            answer = self._either(document, names, tries)
        except (StreamFailed, NotAvailable) as error:
            raise StreamFailed(f"{document}: {error}") from error
        by_name = {name.lower(): value for name, value in answer.envelope.items()}
        copies = {
            column: by_name[name.lower()]
            for column, name in self.resource.copies.items()
            if name.lower() in by_name
        }
        return Document(answer.rows, copies, self.client.server_clock.at(started))

    def _either(self, document: str, names: set[str], tries: int) -> RawRows:
        """Return what the endpoint has, or the second one where the first has an empty shell."""
        resource = self.resource
        if resource.fallback_path is None:
            return self._asked(resource.path, document, names, tries)
        try:
            answer = self._asked(resource.path, document, names, tries)
        except (GaveUp, RecordGone):
            raise
        except StreamFailed as failure:
            try:
                return self._other(document, names, tries)
            except StreamFailed:
                raise failure from None
        if not any(map(is_shell, answer.rows)):
            return answer
        try:
            return self._other(document, names, tries)
        except GaveUp:
            raise
        except StreamFailed:
            return answer

    def _other(self, document: str, names: set[str], tries: int) -> RawRows:
        answer = self._asked(self.resource.fallback_path or "", document, names, tries)
        return answer._replace(rows=[as_advanced(row) for row in answer.rows])

    def _asked(self, path: str, document: str, names: set[str], tries: int) -> RawRows:
        resource = self.resource
        query = {**resource.params, **self.flags}
        if resource.id_param is None:
            path = f"{path}/{document}"
        else:
            query[resource.id_param] = document
        wanted = Wanted(ExpectedRows(resource.schema), resource.records_key)

        def read(response: requests.Response) -> RawRows:
            try:
                answer = core_rows(response, wanted)
            except HtmlAnswer as page:  # of one document it does not say that there are none
                raise WrongAnswer(str(page)) from page
            self._check(response, answer, names)
            return answer

        return self.client.get(path, query, read, self.tally, tries)

    def _check(self, response: requests.Response, answer: RawRows, names: set[str]) -> None:
        """Look whether an answer is the document that was asked for.

        Raises:
            WrongAnswer: If it is another one, or does not say which where it must.

        """
        field = self.resource.answer_id()
        told = {
            str(value).lower()
            for name, value in answer.envelope.items()
            if value and name.lower() == field.lower()
        }
        told |= {id_in(split_fields(row), field) or "" for row in answer.rows} - {""}
        has_own_id = field in self.resource.schema.key
        if not told <= names or (has_own_id and not told):
            self.tally.refuted.add("core-document-id")
            raise wrong(response, "the document with that id")
