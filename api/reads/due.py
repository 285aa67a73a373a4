"""GET /v1/due: the calendar: what happens by its date, without anybody deciding anything more."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from api.reads.ahead import Window, window
from api.reads.asked import Asked
from api.reads.entries import Counting, kind_of, sentence, source_of
from api.reads.look import Clocks, Look
from api.reads.matters import Matter, debts, matters
from api.reads.reading import Found, paged
from api.reads.shapes_of_outlook import DueKind, DuePage, DueRow
from api.reads.tree import members, refuse_unknown
from ledger.budgets import share_at
from ledger.periods import FOREVER, Instant
from projections.budgets.read import budgets
from projections.capacity.read import Dated, dated
from projections.forecasts.read import standing
from projections.holdings.changes import Change, between
from projections.holdings.read import held_sums
from projections.holdings.told import Told, told
from projections.organisation import read as organisation
from projections.requests.read import requests

DAYS: Final = 14
ORDER: Final[Mapping[DueKind, int]] = {
    "reason_debt": 0, "forecast_overdue": 1, "request_overdue": 2, "end": 3, "loan_return": 4,
    "delegation_end": 5, "split_end": 6, "pledge_end": 7, "proposal_lapse": 8, "request_lapse": 9,
    "capacity": 10, "scheduled_release": 11, "forecast_due": 12, "request_due": 13,
    "scheduled_move": 14, "loan_start": 15, "start": 16, "split_start": 17, "pledge_start": 18,
}  # fmt: skip
"""At one instant ends come first, then capacity, then starts."""

_KINDS: Final[Mapping[str, DueKind]] = {
    "ends": "end", "loan_ends": "loan_return", "released": "scheduled_release",
    "moved_out": "scheduled_move", "moved_in": "scheduled_move", "lent": "loan_start",
    "starts": "start",
}  # fmt: skip
"""What is listed; the other sides of loans say the same again."""


class Foreseen(Struct, frozen=True):
    """A step of a live forecast that falls due, or that is overdue and not all back."""

    at: Instant
    kind: Literal["forecast_due", "forecast_overdue"]
    pool: str
    unit: str
    grant: str
    quantity: int
    position: int


Step = Change | Dated | Foreseen | Matter


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
    steps = sorted([*owed, *due(look, chosen, asked_for)], key=_order)
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


def due(look: Look, chosen: Chosen, asked_for: Window) -> list[Step]:
    """Every dated step of the window, in order."""
    start, until, _ = asked_for
    connection, known_at = look.connection, chosen.known_at
    changes = between(
        connection, pool=chosen.pool, units=None, start=start, end=until, known_at=known_at
    )
    theirs = [one for one in _once(changes) if chosen.concerns((one.unit, one.other))]
    found: list[Step] = [
        *theirs,
        *_capacity(look, chosen, asked_for, {one.pool for one in theirs}),
        *_foreseen(look, chosen, asked_for),
    ]
    found += [
        one
        for one in matters(look, asked_for, chosen.pool, known_at)
        if chosen.concerns(one.units) and chosen.is_about(one.pools)
    ]
    return sorted(found, key=_order)


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
    """What is expected in the window, and what was before it and is not back."""
    start, until, _ = asked_for
    units = None if chosen.units is None else sorted(chosen.units)
    for one in standing(
        look.connection, pool=chosen.pool, units=units, valid_at=start, known_at=chosen.known_at
    ):
        late = [step for step in one.outstanding(start) if step.expected_at < start]
        ahead = [
            step
            for said in one.steps
            for step in one.outstanding(said.expected_at)
            if start <= said.expected_at < until and step.expected_at == said.expected_at
        ]
        for step in (*late, *ahead):
            kind = "forecast_overdue" if step.expected_at < start else "forecast_due"
            yield Foreseen(
                step.expected_at, kind, one.pool, one.unit, one.grant, step.quantity, one.position
            )


def _once(changes: Sequence[Change]) -> Iterator[Change]:
    """Each step by one of its sides: what is given, or where nothing is given, what is taken."""
    given = {(one.at, one.position) for one in changes if one.kind == "moved_out"}
    for one in changes:
        if one.kind == "moved_in" and (one.at, one.position) in given:
            continue
        if one.kind in _KINDS:
            yield one


def kind(step: Step) -> DueKind:
    """What a step is called in the calendar."""
    match step:
        case Change():
            return _KINDS[step.kind]
        case Dated():
            return "capacity"
        case Foreseen():
            return step.kind
        case Matter():
            return step.row.kind


def at(step: Step) -> Instant:
    """When a step takes effect."""
    return step.row.at if isinstance(step, Matter) else step.at


def position(step: Step) -> int:
    """Where the fact stands that a step follows from."""
    return step.row.position if isinstance(step, Matter) else step.position


def _order(step: Step) -> tuple[Instant, int, int, str, str]:
    of_grant = isinstance(step, Change | Foreseen)
    unit, grant = (step.unit, step.grant) if of_grant else ("", "")
    return (at(step), ORDER[kind(step)], position(step), unit, grant)


def rows(look: Look, known_at: int, steps: Sequence[Step]) -> Iterator[DueRow]:
    """Steps as the calendar says them."""
    changes = [one for one in steps if isinstance(one, Change)]
    said = _said(look, known_at, changes)
    counting = {
        one.pool: Counting(one.pool, one.unit_label)
        for one in organisation.pools(look.connection, valid_at=FOREVER, known_at=known_at)
    }
    for step in steps:
        match step:
            case Change():
                yield _of_grant(step, said, counting[step.pool])
            case Dated():
                yield _of_capacity(step, counting[step.pool])
            case Foreseen():
                yield _of_forecast(step, counting[step.pool])
            case Matter():
                yield step.row


def _said(look: Look, known_at: int, changes: Sequence[Change]) -> dict[int, Told]:
    grants = {one.grant for one in changes}
    return told(look.connection, sorted(grants), known_at) if grants else {}


def _of_grant(change: Change, said: Mapping[int, Told], counting: Counting) -> DueRow:
    source = source_of(change, said)
    return DueRow(
        at=change.at,
        kind=_KINDS[change.kind],
        pool=change.pool,
        unit=change.unit,
        grant=change.grant,
        quantity=abs(change.quantity),
        position=source.position,
        sentence=sentence(change, kind_of(change, source), source, counting),
    )


def _of_capacity(step: Dated, counting: Counting) -> DueRow:
    amount = counting.amount(step.amount)
    if step.kind == "headroom":
        words = f"{amount} stay free as headroom"
    else:
        words = f"{amount} {'is' if step.amount == 1 else 'are'} {step.kind}"
    return DueRow(
        at=step.at,
        kind="capacity",
        pool=step.pool,
        quantity=step.amount,
        position=step.position,
        sentence=words,
    )


def _of_forecast(step: Foreseen, counting: Counting) -> DueRow:
    amount = counting.amount(step.quantity)
    is_late = step.kind == "forecast_overdue"
    return DueRow(
        at=step.at,
        kind=step.kind,
        pool=step.pool,
        unit=step.unit,
        grant=step.grant,
        quantity=step.quantity,
        position=step.position,
        sentence=f"{step.unit} was expected to give {amount} back and has not"
        if is_late
        else f"{step.unit} is expected to give {amount} back",
    )
