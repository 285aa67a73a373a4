"""What is recorded to start and end after an instant, and what that leaves free (domain: Due)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, Literal

from msgspec import Struct

from ledger.periods import Instant, shifted

DAYS: Final = (14, 30, 90)
Kind = Literal["start", "arrival", "end", "release", "move"]


class Hold(Struct, frozen=True, kw_only=True):
    """What one grant has in hand over `[start, end)`."""

    grant: str
    pool: str
    unit: str
    start: Instant
    end: Instant
    quantity: int


class Leaving(Struct, frozen=True, kw_only=True):
    """A recorded reason why a grant has less from an instant on; a move names where it goes."""

    grant: str
    at: Instant
    quantity: int
    to: str | None = None


class Arrival(Struct, frozen=True, kw_only=True):
    """A grant that begins with what was moved from others."""

    grant: str
    at: Instant
    sources: tuple[str, ...]


class Change(Struct, frozen=True, kw_only=True):
    """One grant has more or less from an instant on; `others` are the other side of a move."""

    at: Instant
    pool: str
    unit: str
    grant: str
    quantity: int
    kind: Kind
    others: tuple[str, ...] = ()


class Horizon(Struct, frozen=True, kw_only=True):
    """free = free now (less short) + back - promised + capacity, and nothing else.

    `back`: recorded ends and scheduled releases; `promised`: grants that start; moves cancel out.
    """

    days: int
    until: Instant
    back: int
    promised: int
    capacity: int
    free: int
    short: int


def changes(
    holds: Iterable[Hold],
    leavings: Iterable[Leaving],
    arrivals: Iterable[Arrival],
    window: tuple[Instant, Instant],
) -> tuple[Change, ...]:
    """Every change in `(at, until]`, in order of time: at one instant first what goes back."""
    at, until = window
    first: dict[str, Hold] = {}
    steps: defaultdict[tuple[str, Instant], int] = defaultdict(int)
    for hold in holds:
        first.setdefault(hold.grant, hold)
        steps[hold.grant, hold.start] += hold.quantity
        steps[hold.grant, hold.end] -= hold.quantity
    causes: defaultdict[tuple[str, Instant], list[Leaving]] = defaultdict(list)
    for leaving in leavings:
        causes[leaving.grant, leaving.at].append(leaving)
    sources = {(arrival.grant, arrival.at): arrival.sources for arrival in arrivals}
    found: list[Change] = []
    for (grant, instant), step in steps.items():
        if not at < instant <= until or step == 0:
            continue
        one = first[grant]
        place = (one.pool, one.unit, grant)
        if step > 0:
            others = sources.get((grant, instant))
            kind: Kind = "start" if others is None else "arrival"
            found.append(_change(instant, place, step, kind, others or ()))
        else:
            found.extend(_less(instant, place, -step, causes[grant, instant]))
    order = ("end", "release", "move", "arrival", "start")
    return tuple(
        sorted(found, key=lambda c: (c.at, c.pool, order.index(c.kind), -abs(c.quantity), c.grant))
    )


def _less(
    at: Instant, place: tuple[str, str, str], step: int, causes: Sequence[Leaving]
) -> Iterable[Change]:
    # Moves are never shortened by what was taken earlier, releases may be; the rest is the end.
    left = step
    for cause in sorted(causes, key=lambda cause: cause.to is None):
        part = min(left, cause.quantity)
        if part:
            others = () if cause.to is None else (cause.to,)
            yield _change(at, place, -part, "move" if others else "release", others)
        left -= part
    if left:
        yield _change(at, place, -left, "end", ())


def _change(
    at: Instant, place: tuple[str, str, str], quantity: int, kind: Kind, others: tuple[str, ...]
) -> Change:
    pool, unit, grant = place
    return Change(
        at=at, pool=pool, unit=unit, grant=grant, quantity=quantity, kind=kind, others=others
    )


def dates(at: Instant) -> tuple[Instant, ...]:
    """The instants at which the horizons end."""
    return tuple(shifted(at, timedelta(days=days)) for days in DAYS)


def horizons(
    at: Instant,
    ahead: Iterable[Change],
    allocatable_now: int,
    then: Sequence[tuple[int, int, int]],
) -> tuple[Horizon, ...]:
    """One pool's horizons; `then` holds (allocatable, free, short) at each of `dates`."""
    mine = tuple(ahead)
    return tuple(
        Horizon(
            days=days,
            until=until,
            back=-sum(c.quantity for c in mine if c.at <= until and c.kind in {"end", "release"}),
            promised=sum(c.quantity for c in mine if c.at <= until and c.kind == "start"),
            capacity=allocatable - allocatable_now,
            free=free,
            short=short,
        )
        for days, until, (allocatable, free, short) in zip(DAYS, dates(at), then, strict=True)
    )
