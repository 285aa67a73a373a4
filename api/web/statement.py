"""The statement of a unit as a page shows it: a month or a day, or any period chosen there."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from msgspec import UNSET, Struct

from api.problems import invalid
from api.reads.shapes_of_books import Entry, StatementPage
from api.web.clocks import read_time, short
from api.web.record import Record
from api.web.rendering import address
from ledger.periods import FOREVER, MICROSECOND, Instant, shifted

SHOWN = 200
"""Entries of a statement on a page; a file has all."""
BUSY = 2_000
"""With more changes than this in a month, of all pools, a day is shown unless more is asked for."""
LONGEST_MONTH = timedelta(days=31)
DAY = timedelta(days=1)

Step = Literal["day", "month"]


class Period(Struct, frozen=True, kw_only=True):
    """`[start, end)`, and the months or days before and after it as what a link changes."""

    start: Instant
    end: Instant
    step: Step
    earlier: Mapping[str, str]
    later: Mapping[str, str]

    @property
    def start_text(self) -> str:
        """The start as it is typed."""
        return short(self.start)

    @property
    def end_text(self) -> str:
        """The end as it is typed."""
        return short(self.end)


class Line(Struct, frozen=True, kw_only=True):
    """One entry; `is_ahead` when it lies after the instant asked."""

    entry: Entry
    name: str
    is_ahead: bool

    @property
    def corrected_by(self) -> int | None:
        """The correction that stands on what the entry follows from."""
        by = self.entry.corrected_by
        return None if by is UNSET else by


class Statement(Struct, frozen=True, kw_only=True):
    """opening + lines = closing; `is_whole` when no line was left out."""

    pool: str
    pools: Sequence[str]
    unit_label: str
    period: Period
    opening: int
    lines: tuple[Line, ...]
    closing: int
    is_whole: bool
    file: str


def period(start: str, end: str, at: Instant, *, step: Step = "month") -> Period:
    """The period that was typed; the month or day of the instant where nothing was. Problem 422."""
    since, until = _read("from", start), _read("to", end)
    if since is not None or until is not None:
        step = "month"
    if since is None:
        since = _begin(at if until is None else _before(until), step)
    if until is None:
        until = _next(_begin(since, step), step)
    if since >= until:
        raise invalid(f"from {short(since)} is not before to {short(until)}.", parameter="from")
    if until <= shifted(since, DAY):
        step = "day"
    return Period(
        start=since,
        end=until,
        step=step,
        earlier=_link(_begin(_before(since), step), step),
        later=_link(_begin(until, step), step),
    )


def usual(record: Record, unit: str | None, at: Instant) -> Step:
    """How much is shown of a unit, or of all, when nothing is typed: a month, or of much a day."""
    month = _begin(at, "month")
    window = (month, _next(month, "month"))
    return "day" if record.graphs.has_more_below(unit, BUSY, window) else "month"


def statement(record: Record, unit: str, pool: str, asked: Period) -> Statement:
    """A statement of a unit with all below it."""
    limit = SHOWN
    found = record.reads.statement(pool, unit, asked.start, asked.end, limit + 1)
    return Statement(
        pool=pool,
        pools=[one.pool for one in record.pools],
        unit_label=record.pool(pool).unit_label,
        period=asked,
        opening=found.opening,
        lines=tuple(_line(one, record) for one in found.entries[:limit]),
        closing=found.closing,
        is_whole=len(found.entries) <= limit,
        file=_file(found, unit),
    )


def _line(entry: Entry, record: Record) -> Line:
    name = record.names.get(entry.unit, entry.unit)
    return Line(entry=entry, name=name, is_ahead=entry.at > record.valid_at)


def _file(found: StatementPage, unit: str) -> str:
    asked = {
        "under": unit, "pool": found.pool, "from": found.start, "to": found.end,
        "known_at": found.known_at, "limit": 1000, "format": "csv",
    }  # fmt: skip
    return address("/v1/statement", asked)


def _read(name: str, text: str) -> Instant | None:
    try:
        return read_time(text)
    except ValueError as wrong:
        raise invalid(f"{name}: {wrong}.", parameter=name) from wrong


def _begin(at: Instant, step: Step) -> Instant:
    """The beginning of the UTC month or day of an instant."""
    day = "01" if step == "month" else at[8:10]
    return Instant(f"{at[:7]}-{day}T00:00:00.000000Z")


def _next(start: Instant, step: Step) -> Instant:
    """The beginning of the month or day after one that begins at an instant."""
    following = _begin(shifted(start, LONGEST_MONTH if step == "month" else DAY), step)
    return following if following > start else FOREVER


def _before(at: Instant) -> Instant:
    return shifted(at, -MICROSECOND)


def _link(start: Instant, step: Step) -> Mapping[str, str]:
    return {"from": short(start), "to": short(_next(start, step))}
