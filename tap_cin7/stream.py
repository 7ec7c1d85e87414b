"""Cin7Stream: the base of every stream. (being written)"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from singer_sdk import RESTStream


class Cin7Stream(RESTStream[int]):
    """A stream of Cin7. Name and primary key follow from the declaration."""

    path: ClassVar[str] = ""
    schema: ClassVar[dict[str, Any]]
    url_base = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Derive name, primary key and replication key from the class."""
        super().__init_subclass__(**kwargs)
        if "schema" not in cls.__dict__:
            return
        if "name" not in cls.__dict__:
            cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.primary_keys = tuple(cls.schema["required"])
