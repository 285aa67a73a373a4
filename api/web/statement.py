"""The statement of a unit as a page shows it: a month, or any period, that is chosen there."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import UNSET, Struct

from api.problems import invalid
from api.reads.shapes_of_books import Entry, StatementPage
from api.web.ahead import JUST
from api.web.clocks import read_time, short
from api.web.record import Record
from api.web.rendering import address
from ledger.periods import FOREVER, Instant, shifted

SHOWN = 200
"""Entries of a statement on a page; a file has all."""
LONGEST_MONTH = timedelta(days=31)


class Period(Struct, frozen=True, kw_only=True):
    """`[start, end)`, and the months before and after it as what a link changes."""

    start: Instant
    end: Instant
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


def period(start: str, end: str, at: Instant) -> Period:
    """The period that was typed; the month of the instant where nothing was. Problem 422."""
    since, until = _read("from", start), _read("to", end)
    if since is None:
        since = _month(at if until is None else _before(until))
    if until is None:
        until = _next_month(_month(since))
    if since >= until:
        raise invalid(f"from {short(since)} is not before to {short(until)}.", parameter="from")
    return Period(
        start=since,
        end=until,
        earlier=_link(_month(_before(since))),
        later=_link(_month(until)),
    )


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


def _month(at: Instant) -> Instant:
    """The beginning of the UTC month of an instant."""
    return Instant(f"{at[:7]}-01T00:00:00.000000Z")


def _next_month(start: Instant) -> Instant:
    """The beginning of the month after one that begins at an instant."""
    following = _month(shifted(start, LONGEST_MONTH))
    return following if following > start else FOREVER


def _before(at: Instant) -> Instant:
    return shifted(at, -JUST)


def _link(start: Instant) -> Mapping[str, str]:
    return {"from": short(start), "to": short(_next_month(start))}
