"""The calendar: what falls due after an instant, and who is about to finish."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import UNSET, Struct

from api.problems import invalid
from api.reads.shapes_of_outlook import DueRow, ExpectedStep, ForecastRow
from api.web.clocks import midnight, read_time, short
from api.web.record import Record
from ledger.periods import Instant, shifted

USUAL: Final = 30
SPANS: Final = (14, 30, 90, 365)
LISTED: Final = 300
"""Rows of the calendar."""


class Filter(Struct, frozen=True, kw_only=True):
    """What is chosen on the page: a pool or all, a unit with all below it or all, until when."""

    pool: str | None
    under: str | None
    until: str


class Due(Struct, frozen=True, kw_only=True):
    """One dated step, in words."""

    at: Instant
    kind: str
    pool: str | None
    unit: str | None
    name: str | None
    grant: str | None
    request: str | None
    quantity: int | None
    position: int
    sentence: str


class Finishing(Struct, frozen=True, kw_only=True):
    """A forecast: what was said, and what it comes to by how late the unit's others were.

    `expected` is what is not back of the last of the steps: what is back counts for the first.
    """

    grant: str
    pool: str
    unit: str
    name: str
    confidence: str
    slip_days: int
    revised: int
    steps: Sequence[ExpectedStep]
    expected: Sequence[ExpectedStep]
    position: int
    is_overdue: bool


def calendar_page(record: Record, chosen: Filter) -> dict[str, object]:
    """The page at the record's clocks. Problem 404 UnknownPool, UnknownUnit; 422."""
    until = _until(chosen.until, record.valid_at)
    due, more = record.reads.due(until, pool=chosen.pool, under=chosen.under, limit=LISTED)
    forecasts = record.reads.forecasts(pool=chosen.pool, under=chosen.under)
    return {
        "title": "Calendar",
        "chosen": chosen,
        "until": until,
        "until_text": short(until),
        "spans": [(days, short(_after(record.valid_at, days))) for days in SPANS],
        "pools": [pool.pool for pool in record.pools],
        "rows": due_rows(due.items, record.names),
        "more": more,
        "finishing": finishing(forecasts.items, record.names, record.valid_at),
    }


def due_rows(items: Sequence[DueRow], names: Mapping[str, str]) -> tuple[Due, ...]:
    """Rows of `/v1/due` as they are shown."""
    return tuple(
        Due(
            at=one.at,
            kind=one.kind,
            pool=_or_none(one.pool),
            unit=_or_none(one.unit),
            name=names.get(one.unit, one.unit) if one.unit is not UNSET else None,
            grant=_or_none(one.grant),
            request=_or_none(one.request),
            quantity=None if one.quantity is UNSET else one.quantity,
            position=one.position,
            sentence=one.sentence,
        )
        for one in items
    )


def finishing(
    items: Sequence[ForecastRow], names: Mapping[str, str], at: Instant
) -> tuple[Finishing, ...]:
    """Rows of `/v1/forecasts` as they are shown."""
    return tuple(
        Finishing(
            grant=one.grant,
            pool=one.pool,
            unit=one.unit,
            name=names.get(one.unit, one.unit),
            confidence=one.confidence,
            slip_days=one.slip_days,
            revised=one.revised,
            steps=one.steps,
            expected=one.expected,
            position=one.position,
            is_overdue=any(
                step.expected_at < at for step in one.steps[len(one.steps) - len(one.expected) :]
            ),
        )
        for one in items
    )


def _until(text: str, at: Instant) -> Instant:
    try:
        typed = read_time(text)
    except ValueError as wrong:
        raise invalid(f"until: {wrong}.", parameter="until") from wrong
    return typed or _after(at, USUAL)


def _after(at: Instant, days: int) -> Instant:
    """The end of the day that lies so many days after an instant."""
    return midnight(shifted(at, timedelta(days=days + 1)))


def _or_none(text: object) -> str | None:
    return text if isinstance(text, str) else None
