"""Assumptions: what the tap takes for granted of Cin7, each declared once.

Everything that is said of an assumption comes from here: the table in docs/guarantees.md, the
report of ``--verify``, and the ids that the summary of a run names. A module that relies on one
says so in the last line of its docstring.
"""

from __future__ import annotations

from dataclasses import dataclass

_APIS = {"omni": ("omni",), "core": ("core", "core_v1")}
"""Beginning of an id -> the APIs on which it is relied on; all for other ids."""


@dataclass(frozen=True)
class Assumption:
    """One thing that Cin7 is taken to do.

    Attributes:
        id: Its name in reports, which begins with the API where it is of one only.
        sentence: What is taken to be true.
        relies: Modules whose promise rests on it.
        then: What falls where it does not hold, and which setting helps.
        needs: What it takes to see it, where reading an account once can't show it.

    """

    id: str
    sentence: str
    relies: tuple[str, ...]
    then: str
    needs: str = ""

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs on which it is relied on."""
        return _APIS.get(self.id.partition("-")[0], ("omni", "core", "core_v1"))


_ALL = (
    Assumption(
        "clock",
        "Cin7 sends a `Date` header, or its clock and yours agree",
        ("client.clock",),
        "With a clock of yours that is ahead, changes in between may be missed: keep the clock of "
        "this machine right",
    ),
    Assumption(
        "answers",
        "A list answers with a list of its rows, within `request_timeout`",
        ("client.session", "reading.expected"),
        "The list fails and its bookmark stays: raise `request_timeout` where answers are slow, "
        "deselect what Cin7 does not give",
    ),
    Assumption(
        "empty-answers",
        "An empty list comes as an empty list, in its wrapper on Core",
        ("omni.api", "core.responses"),
        "A list that became empty fails instead, and its old rows stay. Nothing is lost",
    ),
    Assumption(
        "refusals",
        "What the account may not read is refused in a known form: 403, on Core also 404, 405, a "
        "redirect or an HTML page",
        ("omni.api", "core.responses"),
        "The stream fails instead of being skipped: deselect it",
    ),
    Assumption(
        "limits",
        "Cin7 takes as many calls as its published limits say",
        ("client.quota",),
        "Runs take longer, since the tap gives way to others: `quota_reserve_percent` or "
        "`requests_per_minute` leave them a share",
    ),
    Assumption(
        "omni-order",
        "`order` is honoured, by stamp and by id",
        ("omni.scan", "omni.numbered"),
        "The stream hands over its rows once and fails, its bookmark stays: no setting helps, "
        "report it",
    ),
    Assumption(
        "omni-where",
        "`where` is honoured: `>=`, and both bounds at once",
        ("omni.scan", "omni.listing"),
        "The stream fails and its bookmark stays: read it with FULL_TABLE",
    ),
    Assumption(
        "omni-or-null",
        "`where` takes `OR` and `IS NULL`",
        ("omni.listing",),
        "Rows without a stamp are missing, payments above all: read the stream with FULL_TABLE",
    ),
    Assumption(
        "omni-pages",
        "`page` turns the pages",
        ("omni.windows", "omni.numbered"),
        "Streams of more than one page that have no stamp fail, and so do seconds of more than "
        "one page",
    ),
    Assumption(
        "omni-end",
        "What lies behind the last row of an Omni list, asked for twice, is not empty both times "
        "by mistake; a page is full or the last",
        ("omni.scan", "omni.numbered"),
        "A reading counts as whole that is not. It is no witness if it falls short of the bookmark "
        "or of half of the rows",
    ),
    Assumption(
        "omni-page-size",
        "A page has 250 rows",
        ("omni.windows",),
        "Short pages are taken for the last one, and rows behind them are missing: report it",
    ),
    Assumption(
        "omni-ids",
        "No two rows of a list have the same key",
        ("omni.scan", "omni.by_key"),
        "One of them is dropped as a duplicate: report the stream",
    ),
    Assumption(
        "omni-stamps",
        "Each row has a stamp in UTC, or is found by `IS NULL`",
        ("omni.by_stamp",),
        "Rows are missed or come again with each run: read the stream with FULL_TABLE",
    ),
    Assumption(
        "omni-delay",
        "A change shows in Omni's lists within `lookback_seconds` (300) of the time that it "
        "carries. Up to 20 seconds were seen on live accounts",
        ("omni.by_stamp",),
        "The change is missed until the row changes again or is read whole: raise "
        "`lookback_seconds`",
    ),
    Assumption(
        "omni-query-length",
        "A query string of up to 1,800 characters is taken",
        ("omni.listing",),
        "Calls with many `fields` fail: select all columns of the stream",
    ),
    Assumption(
        "omni-fields",
        "`fields` leaves out nothing that it names",
        ("omni.listing",),
        "Selected columns are null: select all columns of the stream, then it is not sent",
    ),
    Assumption(
        "core-page-size",
        "A page has 1,000 rows; 100 of customers, 500 of products and locations",
        ("core.complete_list",),
        "Nothing is lost; runs take more calls than `--check` says",
    ),
    Assumption(
        "core-total",
        "`Total` is the number of rows",
        ("core.complete_list",),
        "The list is proven by more calls, or fails where more is announced than comes",
    ),
    Assumption(
        "core-pages",
        "`Page` turns the pages",
        ("core.complete_list",),
        "Lists of more than one page fail and keep their bookmark",
    ),
    Assumption(
        "core-order",
        "Two readings of a list bring its rows in the same order",
        ("core.complete_list",),
        "Lists of a few pages take up to 60 calls, longer ones fail and keep their bookmark",
    ),
    Assumption(
        "core-since",
        "`UpdatedSince` and `ModifiedSince` are inclusive, in UTC",
        ("core.lists",),
        "Changes are missed or read again: raise `lookback_seconds`, or set `full_refresh_days`",
    ),
    Assumption(
        "core-header-rows",
        "The row that a list has of a document without a stamp is the same in two readings, unless "
        "the document changed",
        ("core.header_lists", "core.plans"),
        "Each run fetches all documents of the list again: report the fields that move",
    ),
    Assumption(
        "core-document-id",
        "A document carries the id that was asked for",
        ("core.endpoints",),
        "The document is owed, and its stream incomplete: `skip_ids` leaves single ones out",
    ),
    Assumption(
        "core-guid-case",
        "A GUID is spelled in the same letter case in lists and documents",
        ("rows.coercion",),
        "Nothing in columns: GUIDs leave in lower case. Compare without regard to case what "
        "stands in `extra_fields`",
    ),
    Assumption(
        "core-unknown-id",
        'A document that does not exist is answered with 404, or with 400 and "not found"',
        ("core.responses", "core.details"),
        "What was deleted while a run went on stays owed for longer",
    ),
    Assumption(
        "core-final-states",
        "Documents without a stamp are in states that Cin7 documents",
        ("core.header_lists",),
        "Documents in other states are fetched by each run, which costs a call each: report how "
        "many there are",
    ),
    Assumption(
        "core-flags",
        "Flags such as `IncludeBOM` fill their columns",
        ("core.resource",),
        "The columns are empty, and so are the streams that are cut from them",
    ),
    Assumption(
        "core-availability-grain",
        "`product_availability` has one row for each product, location, bin, batch and expiry date",
        ("core.resources.stock",),
        "Rows of one grain are numbered; sum them up, and do not join by the number",
    ),
    Assumption(
        "core-delay",
        "A change shows in Core's lists within `lookback_seconds` (300) of the time that it "
        "carries",
        ("core.lists",),
        "The change is missed until the row changes again or is read whole: raise "
        "`lookback_seconds`",
        "a change that somebody makes meanwhile",
    ),
    Assumption(
        "stamp-moves",
        "An edit moves the stamp of its row",
        ("omni.by_stamp", "core.lists"),
        "The change is missed until the row changes again or is read whole: `full_refresh_days`",
        "an edit, and a look at the row before and after it",
    ),
    Assumption(
        "core-final-change",
        "A final document whose list has no stamp changes together with its row in that list, or "
        "within `recheck_days` of its business date",
        ("core.plans",),
        "The change is missed until the document is read whole: `full_refresh_days`",
        "a final document that is undone, corrected and completed again",
    ),
    Assumption(
        "core-document-delay",
        "A document shows a change at most 30 seconds after its list does",
        ("core.plans",),
        "A document may keep what it was before, until it changes again or is read whole",
        "a change that somebody makes meanwhile",
    ),
    Assumption(
        "core-names",
        "Where a Core list is sorted by a name: no row is renamed upwards in the second in which "
        "another one vanishes and a third one appears",
        ("core.complete_list",),
        "One reading misses a row, until it changes; it takes two of them to mark it",
        "a coincidence",
    ),
    Assumption(
        "core-posting",
        "Transactions are posted or corrected within `transactions_lookback_days` of their "
        "accounting date",
        ("core.lists",),
        "Later ones come with a whole reading only: raise `transactions_lookback_days`",
        "some months of bookkeeping",
    ),
    Assumption(
        "two-readings",
        "Two whole readings in a row, in two runs, do not miss the same row, unless Cin7 does not "
        "have it",
        ("singer.witness",),
        "A row that is there is marked, or removed where you asked for that; it comes back with "
        "the first reading that brings it",
        "two runs; `dbt test --select tag:reconcile` compares the numbers",
    ),
    Assumption(
        "loader",
        "The loader updates rows by their key, takes rows with a smaller version or none only, "
        "keeps STATE only once the records before it are safe, and gets the records of one run in "
        "their order",
        ("singer.group_writer",),
        "Some do not: docs/gone.md names them",
        "your loader",
    ),
)

ASSUMPTIONS = {one.id: one for one in _ALL}
