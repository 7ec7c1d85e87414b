"""The report as one page that needs nothing beside itself."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from demo.report.answers import written_day, written_moment
from demo.report.charts import pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.report.chapters import Chapter
    from demo.report.marts import Sample

_TEMPLATE = Path(__file__).with_name("page.html")


def page(chapters: Sequence[Chapter], sample: Sample | None) -> str:
    """Return the page.

    Args:
        chapters: Its chapters.
        sample: The invented shop that they are of, None if it is real.

    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        chapters=chapters,
        sample=sample,
        made=written_moment(datetime.now(timezone.utc)),
        day=written_day,
        pictures=pictures,
        zip=zip,
    )
