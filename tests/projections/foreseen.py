"""Capacity, the tree and forecasts by the words of the rules: all facts are read for each question.

Written without rows, periods or sums kept, so that it errs differently than a read model.
"""

from ledger.events import (
    CapacityChanged,
    Event,
    Granted,
    PoolClosed,
    PoolOpened,
    Reallocated,
    Released,
    ReleaseForecast,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.periods import FOREVER, Instant, micros
from tests.projections.belief import Belief

Numbers = tuple[int, int, int] | None
Foretold = tuple[int, int, str, Instant, Instant | None]
"""Position and step of a forecast, the unit, the day expected, and when it came true."""


def in_time(belief: Belief) -> list[Event]:
    """The events by when they take effect, and at one instant in the order of the log."""
    return sorted(belief.events, key=lambda one: (one.effective_at, one.position))


def capacity(belief: Belief, pool: str, at: Instant) -> Numbers:
    """Installed, lost and headroom; None before the first fact."""
    told: Numbers = None
    for event in in_time(belief):
        if not isinstance(event, CapacityChanged) or event.data.pool != pool:
            continue
        if event.effective_at > at:
            break
        installed, lost, headroom = told or (0, 0, 0)
        amount = event.data.total if event.data.total is not None else event.data.quantity or 0
        match event.data.kind:
            case "counted":
                installed = amount
            case "headroom":
                headroom = amount
            case "installed":
                installed += amount
            case "retired":
                installed -= amount
            case "lost":
                lost += amount
            case "restored":
                lost -= amount
        told = installed, lost, headroom
    return told


def pools(belief: Belief, at: Instant) -> dict[str, tuple[str, Instant]]:
    """What each pool that opened by an instant is called, and when it closes."""
    ends = {one.data.pool: one.effective_at for one in belief.events if isinstance(one, PoolClosed)}
    return {
        one.data.pool: (one.data.title, ends.get(one.data.pool, FOREVER))
        for one in belief.events
        if isinstance(one, PoolOpened) and one.effective_at <= at
    }


def units(belief: Belief, at: Instant) -> dict[str, tuple[str, str | None]]:
    """The name and parent of each unit that there is at an instant."""
    found: dict[str, tuple[str, str | None]] = {}
    for event in in_time(belief):
        if event.effective_at > at:
            break
        match event:
            case UnitCreated(data=made):
                found[made.unit] = (made.name, made.parent)
            case UnitRenamed(data=fact) if fact.unit in found:
                found[fact.unit] = (fact.name, found[fact.unit][1])
            case UnitMoved(data=fact) if fact.unit in found:
                found[fact.unit] = (found[fact.unit][0], fact.parent)
            case UnitClosed(data=fact):
                found.pop(fact.unit, None)
            case _:
                pass
    return found


def maker_of(belief: Belief, grant: str) -> Granted | Reallocated | None:
    """The event that made a grant."""
    for one in belief.grants():
        name = one.data.grant if isinstance(one, Granted) else one.data.to_grant
        if name == grant:
            return one
    return None


def back(belief: Belief, grant: str, since: int, at: Instant) -> int:
    """How much left a grant for good by an instant, by facts behind a position."""
    maker = maker_of(belief, grant)
    if maker is None:
        return 0
    total = 0
    for event in belief.events:
        is_late = isinstance(event, Released) and event.data.late
        is_loan = isinstance(event, Reallocated) and event.data.loan
        if not isinstance(event, Released | Reallocated) or is_late or is_loan:
            continue
        for leg in event.data.legs:
            is_since = event.position > since and max(event.effective_at, maker.effective_at) <= at
            if is_since and leg.grant == grant and not leg.ends:
                total += leg.quantity
    return total - sum(
        belief.advanced(grant, event.position)
        for event in belief.events
        if isinstance(event, Released)
        and event.position > since
        and any(leg.grant == grant for leg in event.data.legs)
        and max(event.effective_at, maker.effective_at) <= at
    )


def live(belief: Belief, at: Instant) -> dict[str, tuple[str, list[tuple[int, Instant]]]]:
    """The unit and the steps still outstanding of each grant that has not ended by an instant."""
    last = {one.data.grant: one for one in belief.events if isinstance(one, ReleaseForecast)}
    found: dict[str, tuple[str, list[tuple[int, Instant]]]] = {}
    for grant, one in last.items():
        maker = maker_of(belief, grant)
        steps = [(step.quantity, step.expected_at) for step in one.data.steps if step.quantity]
        if maker is None or not steps or belief.end(maker, grant) <= at:
            continue
        gone = back(belief, grant, one.position, at)
        left: list[tuple[int, Instant]] = []
        for quantity, expected_at in steps:
            less = min(gone, quantity)
            gone -= less
            if quantity > less:
                left.append((quantity - less, expected_at))
        unit = maker.data.unit if isinstance(maker, Granted) else maker.data.to_unit
        found[grant] = (unit, left)
    return found


def foretold(belief: Belief, by: Instant) -> list[Foretold]:
    """Every step of every forecast that was due by an instant, the newest first."""
    found: list[Foretold] = []
    for one in belief.events:
        maker = isinstance(one, ReleaseForecast) and maker_of(belief, one.data.grant)
        if not isinstance(one, ReleaseForecast) or not maker:
            continue
        unit = maker.data.unit if isinstance(maker, Granted) else maker.data.to_unit
        total = 0
        for number, step in enumerate(one.data.steps):
            total += step.quantity
            if step.quantity and step.expected_at <= by:
                came = came_true(belief, one.data.grant, one.position, total)
                found.append((one.position, number, unit, step.expected_at, came))
    return sorted(found, key=lambda told: (told[3], told[0], told[1]), reverse=True)


def came_true(belief: Belief, grant: str, since: int, total: int) -> Instant | None:
    """The first instant at which so much was back, or at which the grant ended."""
    maker = maker_of(belief, grant)
    if maker is None:
        return None
    end = belief.end(maker, grant)
    instants = {event.effective_at for event in belief.events} | {maker.effective_at, end}
    for at in sorted(instants):
        if at != FOREVER and (at == end or back(belief, grant, since, at) >= total):
            return at
    return None


def late(told: Foretold, now: Instant) -> int:
    """How many whole days behind the day expected it came true, or has not yet."""
    until = min(now, told[4] or now)
    return max(0, (micros(until) - micros(told[3])) // 86_400_000_000)


def slip(told: list[Foretold], now: Instant) -> int | None:
    """The lower median of the lateness of the last ten; None of fewer than two."""
    days = sorted(late(one, now) for one in told[:10])
    return days[(len(days) - 1) // 2] if len(days) > 1 else None
