"""Parameters of the feed, read strictly: what is unknown or malformed is a 422."""

import re
from collections.abc import Iterable
from typing import Final

from starlette.requests import Request

from api.problems import Problem, invalid
from ledger.events import TOPICS
from ledger.quantities import LARGEST

JSONL: Final = "application/jsonl"
WAIT_S: Final = 5.0
WAIT_S_MAX: Final = 60.0
_SECONDS = re.compile(r"\d{1,4}(\.\d{1,6})?\Z", re.ASCII)


class Query:
    """The query of a request; reading a parameter says what may stand in it."""

    def __init__(self, request: Request, known: Iterable[str]) -> None:
        """Raise Problem 422 for a parameter that is not known here."""
        self._given = request.query_params
        known = tuple(known)
        for name in self._given:
            if name not in known:
                there = f"but {', '.join(known)}" if known else "nor any other"
                raise invalid(
                    f"There is no parameter {name[:100]!r} here, {there}.", parameter=name[:100]
                )

    def text(self, name: str) -> str | None:
        """The one value of a parameter, or None."""
        values = self._given.getlist(name)
        if len(values) > 1:
            raise invalid(f"{name} is given twice.", parameter=name)
        return values[0] if values else None

    def number(self, name: str, default: int, least: int, most: int = LARGEST) -> int:
        """A whole number between two bounds."""
        text = self.text(name)
        if text is None:
            return default
        return whole_number(text, name, least, most)

    @property
    def min_position(self) -> int:
        """The position that the answer must reflect at least."""
        return self.number("min_position", 0, 0)

    @property
    def wait_s(self) -> float:
        """How long may be waited for it."""
        text = self.text("wait_s")
        if text is None:
            return WAIT_S
        if _SECONDS.match(text) is None or float(text) > WAIT_S_MAX:
            raise invalid(f"wait_s is seconds from 0 to {WAIT_S_MAX:g}.", parameter="wait_s")
        return float(text)

    def topics(self) -> frozenset[str]:
        """The topics asked for; empty for all."""
        wished = frozenset(self._given.getlist("topic"))
        unknown = sorted(wished - TOPICS.keys())
        if unknown:
            raise invalid(
                f"There is no topic {unknown[0][:100]!r}, but {', '.join(sorted(TOPICS))}.",
                parameter="topic",
            )
        return wished


def whole_number(text: str, name: str, least: int, most: int) -> int:
    """Read a whole number between two bounds; Problem 422 names the parameter or header."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
        raise invalid(f"{name} is a whole number from {least} to {most}.", parameter=name)
    return int(text)


def wants_lines(request: Request, query: Query) -> bool:
    """Whether JSON lines are asked for, by `format` or else by Accept. Problem 406, 422."""
    wished = query.text("format")
    if wished is not None:
        if wished not in ("json", "jsonl"):
            raise invalid("format is json or jsonl.", parameter="format")
        return wished == "jsonl"
    accepted = [part.split(";")[0].strip().lower() for part in _accept(request).split(",")]
    if any(kind in accepted for kind in (JSONL, "application/x-ndjson", "application/ndjson")):
        return True
    if any(kind in accepted for kind in ("application/json", "application/*", "*/*")):
        return False
    raise Problem(406, "NotAcceptable", f"The feed comes as application/json or {JSONL}.")


def _accept(request: Request) -> str:
    return ",".join(request.headers.getlist("accept")) or "*/*"
