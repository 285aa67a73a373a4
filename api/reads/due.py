"""GET /v1/due: the calendar: what happens by its date, without anybody deciding anything more."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final

from msgspec import Struct

from api.reads.ahead import Window, window
from api.reads.asked import Asked
from api.reads.dates import KINDS, Foreseen, Step, in_order
from api.reads.dates_told import rows
from api.reads.look import Clocks, Look
from api.reads.matters import debts, matters
from api.reads.reading import Found, paged
from api.reads.shapes_of_outlook import DuePage
from api.reads.tree import members, refuse_unknown
from ledger.budgets import share_at
from ledger.periods import Instant, shifted
from projections.budgets.read import budgets
from projections.capacity.read import Dated, dated
from projections.forecasts.read import Forecast, standing
from projections.forecasts.read import Step as Expected
from projections.holdings import lending
from projections.holdings.changes import Change, between, rows_of
from projections.holdings.read import held_sums
from projections.organisation import read as organisation
from projections.requests.read import requests

DAYS: Final = 14
SHORTEST: Final = timedelta(hours=6)
LONGER: Final = 4
"""A page of the calendar looks so far ahead at first, and so many times as far each time after."""


class Chosen(Struct, frozen=True):
    """What is asked about: a pool or all, some units or all, as recorded by a position."""

    pool: str | None
    units: Collection[str] | None
    known_at: int

    def concerns(self, units: Iterable[str | None]) -> bool:
        """Whether any of these units is asked about."""
        return self.units is None or any(one in self.units for one in units)

    def is_about(self, pools: Collection[str] | None) -> bool:
        """Whether the pool asked about is among these, or anything that names no pool is."""
        return self.pool is None or pools is None or self.pool in pools


def find(look: Look, asked: Asked) -> Found:
    """The calendar. 404 UnknownPool, UnknownUnit."""
    known_at, is_known = look.known_at(asked)
    asked_for = window(look, asked, DAYS)
    pool, under = asked.pool(), asked.unit("under")
    refuse_unknown(look, known_at, pool=pool, units=(under,))
    clocks = Clocks(valid_at=asked_for.start, known_at=known_at, is_fixed=False)
    units = None if under is None else _below(look, clocks, under)
    chosen = Chosen(pool, units, known_at)
    owed = [
        one
        for one in debts(look, asked_for, known_at)
        if chosen.concerns(one.units) and chosen.is_about(one.pools)
    ]
    reached = asked.limit + (int(asked.cursor.after[0]) + 1 if asked.cursor else 0)
    # What some units have a part in shows in all of the window: which pools' capacity is listed.
    most = reached if units is None else None
    steps = sorted([*owed, *due(look, chosen, asked_for, more_than=most)], key=in_order)
    page, after = paged(enumerate(steps), lambda one: (one[0],), asked)
    answer = DuePage(
        position=known_at,
        known_at=known_at,
        start=asked_for.start,
        until=asked_for.until,
        items=tuple(rows(look, known_at, [step for _, step in page])),
        next=None,
    )
    return Found(answer=answer, is_fixed=is_known and asked_for.is_fixed, after=after)


def due(
    look: Look, chosen: Chosen, asked_for: Window, *, more_than: int | None = None
) -> list[Step]:
    """Every dated step of the window, in order, or the first, where no more are asked for."""
    start, until, is_fixed = asked_for
    theirs: list[Change] = []
    if more_than is not None:
        for begin, end in _stretches(start, until):
            theirs += _changes(look, chosen, begin, end)
            if len(theirs) > more_than:
                asked_for = Window(start, end, is_fixed)
                break
    else:
        theirs = _changes(look, chosen, start, until)
    found: list[Step] = [
        *theirs,
        *_capacity(look, chosen, asked_for, {one.pool for one in theirs}),
        *_foreseen(look, chosen, asked_for),
    ]
    found += [
        one
        for one in matters(look, asked_for, chosen.pool, chosen.known_at)
        if chosen.concerns(one.units) and chosen.is_about(one.pools)
    ]
    return sorted(found, key=in_order)


def _stretches(start: Instant, until: Instant) -> Iterator[tuple[Instant, Instant]]:
    """A window cut into pieces, each longer than the one before."""
    length = SHORTEST
    while start < until:
        end = min(until, shifted(start, length))
        yield start, end
        start, length = end, length * LONGER


def _changes(look: Look, chosen: Chosen, start: Instant, until: Instant) -> list[Change]:
    """What happens to grants in `[start, until)`, each step once."""
    found = between(
        look.connection, pool=chosen.pool, units=None, start=start, end=until,
        known_at=chosen.known_at,
    )  # fmt: skip
    return [one for one in _once(found) if chosen.concerns((one.unit, one.other))]


def _below(look: Look, clocks: Clocks, under: str) -> set[str] | None:
    """A unit and all below it; None for the root, under which everything is."""
    found = set(members(look, clocks, "then", under))
    above = organisation.path(
        look.connection, under, valid_at=clocks.valid_at, known_at=clocks.known_at
    )
    return None if len(above) == 1 else found


def _capacity(
    look: Look, chosen: Chosen, asked_for: Window, changing: Iterable[str]
) -> Iterator[Dated]:
    """What changes in the pools asked about; for some units in those that they have a part in."""
    start, until, _ = asked_for
    steps = dated(
        look.connection, pool=chosen.pool, start=start, end=until, known_at=chosen.known_at
    )
    if chosen.units is None or not steps:
        return iter(steps)
    theirs = {*changing, *_pools_of(look, chosen, start)}
    return (one for one in steps if one.pool in theirs)


def _pools_of(look: Look, chosen: Chosen, at: Instant) -> Iterator[str]:
    """The pools of which some units hold something, may hold something, or wait for something."""
    connection, known_at = look.connection, chosen.known_at
    units = sorted(chosen.units or ())
    for held in held_sums(
        connection, pool=chosen.pool, units=units, valid_at=at, known_at=known_at
    ):
        yield held.pool
    for (pool, unit), budget in budgets(connection, known_at=known_at, pool=chosen.pool).items():
        share = share_at(budget, at) if chosen.concerns((unit,)) else None
        if share is not None and not share.limits_nothing:
            yield pool
    for asked in requests(connection, known_at=known_at, units=units, is_waiting=True):
        yield from asked.pools


def _foreseen(look: Look, chosen: Chosen, asked_for: Window) -> Iterator[Foreseen]:
    """What is expected in the window, and what was before it and is not back.

    Never more than the grant owns by then: what has nothing any more lets nobody wait.
    """
    start, until, _ = asked_for
    connection, known_at = look.connection, chosen.known_at
    units = None if chosen.units is None else sorted(chosen.units)
    awaited = [
        (one, step)
        for one in standing(
            connection, pool=chosen.pool, units=units, valid_at=start, known_at=known_at
        )
        for step in _awaited(one, start, until)
    ]
    owned = _owned(look, {one.grant for one, _ in awaited}, known_at)
    for one, step in awaited:
        is_late = step.expected_at < start
        at = start if is_late else step.expected_at
        own = sum(
            some.own
            for some in owned[one.grant]
            if (some.start <= at < some.end if is_late else some.start < at <= some.end)
        )
        sooner = sum(
            other.quantity for other in one.outstanding(at) if other.expected_at < step.expected_at
        )
        quantity = min(step.quantity, own - sooner)
        if quantity > 0:
            kind = "forecast_overdue" if is_late else "forecast_due"
            yield Foreseen(
                step.expected_at, kind, one.pool, one.unit, one.grant, quantity, one.position
            )


def _owned(
    look: Look, grants: Collection[str], known_at: int
) -> Mapping[str, Sequence[lending.Step]]:  # fmt: skip
    """What some grants own over their lives."""
    rows = rows_of(look.connection, sorted(grants), known_at)
    return {
        name: lending.steps(list(some), name) for name, some in groupby(rows, attrgetter("grant"))
    }


def _awaited(one: Forecast, start: Instant, until: Instant) -> list[Expected]:
    """What of a forecast is not back when a window begins, or when it falls due in it."""
    late = [step for step in one.outstanding(start) if step.expected_at < start]
    ahead = [
        step
        for said in one.steps
        for step in one.outstanding(said.expected_at)
        if start <= said.expected_at < until and step.expected_at == said.expected_at
    ]
    return [*late, *ahead]


def _once(changes: Sequence[Change]) -> Iterator[Change]:
    """Each step by one of its sides: what is given, or where nothing is given, what is taken."""
    given = {(one.at, one.position) for one in changes if one.kind == "moved_out"}
    for one in changes:
        if one.kind == "moved_in" and (one.at, one.position) in given:
            continue
        if one.kind == "borrowed_in" and one.other is not None:
            continue
        if one.kind in KINDS:
            yield one
