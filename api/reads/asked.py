"""What a read is asked, read strictly: unknown, doubled or malformed parameters are a 422."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeVar

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request

from api.feed.queries import Query
from api.problems import invalid
from api.reads.cursors import Cursor, opened
from ledger.periods import Instant, clean_text, to_instant
from ledger.quantities import LARGEST, PoolId, UnitId, Uuid

LIMIT: Final = 100
LIMIT_MAX: Final = 1000
FREE: Final = ("cursor", "limit", "format", "min_position", "wait_s")
"""Parameters that a cursor does not hold: they may differ from page to page."""

Org = Literal["then", "now"]
T = TypeVar("T", bound=str)
_ORGS: Final[tuple[Org, ...]] = ("then", "now")
_POSITION = re.compile(r"\d{1,16}\Z", re.ASCII)
_TEXT_MAX: Final = 1000


class Asked(Query):
    """The parameters of one request; those of a later page are those of the first."""

    def __init__(self, request: Request, known: Iterable[str]) -> None:
        """Raise Problem 422 for a parameter that is not known here, and for a foreign cursor."""
        super().__init__(request, known)
        self.path = request.url.path
        self.cursor: Cursor | None = None
        text = self.text("cursor")
        if text is not None:
            self._continue(opened(text, self.path))

    def check(self, names: Iterable[str]) -> None:
        """Raise Problem 422 for a value of wrong shape, before anything is looked for."""
        for name in names:
            _SHAPES.get(name, Asked.text)(self, name)

    def _continue(self, cursor: Cursor) -> None:
        given = self._given.multi_items()
        named = {name for name, _ in given if name not in FREE}
        for name in sorted(named):
            first = [value for one, value in cursor.asked if one == name]
            if self._given.getlist(name) != first:
                raise invalid(
                    f"The cursor continues a question in which {name[:100]} was not this.",
                    parameter="cursor",
                )
        free = [(name, value) for name, value in given if name in FREE]
        self._given = QueryParams([*cursor.asked, *free])
        self.cursor = cursor

    @property
    def pinned(self) -> list[tuple[str, str]]:
        """What the cursor of the next page has to hold."""
        return [(name, value) for name, value in self._given.multi_items() if name not in FREE]

    @property
    def free(self) -> list[tuple[str, str]]:
        """What the address of the next page carries beside the cursor."""
        return [
            (name, value)
            for name, value in self._given.multi_items()
            if name in ("limit", "format")
        ]

    @property
    def limit(self) -> int:
        """Rows a page."""
        return self.number("limit", LIMIT, 1, LIMIT_MAX)

    @property
    def after(self) -> int:
        """The position before the first event."""
        return self.number("after", 0, 0)

    def pool(self) -> str | None:
        """The pool asked about."""
        return self._shaped("pool", PoolId, "the id of a pool, such as phoenix/h100")

    def unit(self, name: str = "unit") -> str | None:
        """A unit asked about."""
        return self._shaped(name, UnitId, "the id of a unit, such as research/vision")

    def uuid(self, name: str) -> str | None:
        """A uuid."""
        return self._shaped(name, Uuid, "a uuid in lower case")

    def _shaped(self, name: str, kind: object, says: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            msgspec.convert(text, kind)
        except msgspec.ValidationError as wrong:
            raise invalid(f"{name} is {says}.", parameter=name) from wrong
        return text

    def one_of(self, name: str, choices: Sequence[T]) -> T:
        """One of some words; the first unless told otherwise."""
        text = self.text(name)
        if text is None:
            return choices[0]
        for choice in choices:
            if choice == text:
                return choice
        raise invalid(f"{name} is {' or '.join(choices)}.", parameter=name)

    @property
    def org(self) -> Org:
        """Which tree decides who belongs to whom."""
        return self.one_of("org", _ORGS)

    def clean(self, name: str) -> str | None:
        """A text without control characters, at most 1000 characters."""
        text = self.text(name)
        if text is None:
            return None
        try:
            text = clean_text(text, name)
        except ValueError as wrong:
            raise invalid(f"{wrong}.", parameter=name) from wrong
        if not 1 <= len(text) <= _TEXT_MAX:
            raise invalid(f"{name} takes 1 to {_TEXT_MAX} characters.", parameter=name)
        return text

    def instant(self, name: str) -> Instant | None:
        """A time."""
        text = self.text(name)
        return None if text is None else _instant(text, name)

    def known_at(self, name: str = "known_at") -> int | Instant | None:
        """A position or a time; None for the head."""
        text = self.text(name)
        if text is None:
            return None
        if _POSITION.match(text):
            if int(text) > LARGEST:
                raise invalid(f"{name} is at most {LARGEST}.", parameter=name)
            return int(text)
        return _instant(text, name, f"{name} is a position or a time: ")


def _instant(text: str, name: str, why: str = "") -> Instant:
    try:
        return to_instant(text[:100])
    except ValueError as wrong:
        raise invalid(f"{why}{wrong}.", parameter=name) from wrong


_SHAPES: Final[Mapping[str, Callable[[Asked, str], object]]] = {
    "pool": lambda asked, _: asked.pool(),
    "unit": Asked.unit,
    "under": Asked.unit,
    "valid_at": Asked.instant,
    "from": Asked.instant,
    "to": Asked.instant,
    "until": Asked.instant,
    "known_at": Asked.known_at,
    "known_from": Asked.known_at,
    "known_to": Asked.known_at,
    "org": lambda asked, _: asked.org,
    "limit": lambda asked, _: asked.limit,
    "after": lambda asked, _: asked.after,
    "min_position": lambda asked, _: asked.min_position,
    "wait_s": lambda asked, _: asked.wait_s,
    "person": Asked.clean,
    "by": Asked.clean,
    "q": Asked.clean,
    "grant": Asked.uuid,
    "decision": Asked.uuid,
    "topic": lambda asked, _: asked.topics(),
}
