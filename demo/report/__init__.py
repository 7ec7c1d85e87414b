"""A report that an owner opens every morning, from the marts of the dbt package.

    python -m demo.report .demo/cin7.duckdb --html .demo/report.html

``marts`` finds whose books a database holds, ``questions`` declares what is asked of them, and
``totals`` compares periods with the year before. ``chapters`` collects what each company's books
answer; ``terminal`` shows it as text, ``page`` as HTML with ``charts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from demo.report.chapters import chapters
from demo.report.marts import PREFIX, Marts, NotBuiltError, ReportError
from demo.report.page import page
from demo.report.terminal import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

__all__ = ["ReportError", "show"]


def show(database: Path, schema: str, html: Path | None, console: Console) -> None:
    """Print the report, and write it as a page.

    Args:
        database: DuckDB file that dbt has built the marts in.
        schema: Schema of the marts.
        html: Where the page goes, None for no page.
        console: Where to print.

    Raises:
        ReportError: If there is nothing to report on, or the page cannot be written.

    """
    if not database.is_file():
        raise ReportError(f"{database} is not there: run make demo, or name another file")
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise ReportError(f"{database} cannot be opened: {str(error).splitlines()[0]}") from error
    with connection:
        try:
            marts = Marts(connection, schema)
            found, sample = chapters(marts), marts.sample()
        except NotBuiltError as error:
            raise ReportError(
                f"{schema}.{PREFIX}* are not the tables of this version: run dbt build again"
            ) from error
    for chapter in found:
        console.print(*terminal(chapter), sep="\n")
    if not found:
        console.print("The marts are empty: load an account, and run dbt build again.")
    if html:
        try:
            html.write_text(page(found, sample), encoding="utf-8")
        except OSError as error:
            raise ReportError(f"{html} cannot be written: {error.strerror}") from error
        console.print(f"\nThe report as a page: {html.resolve().as_uri()}", soft_wrap=True)
