"""Units and pools as corrections leave them: nothing is named before they began or after they end.

Judged on the outcome of the whole decision, like all that depends on what is corrected (rule 8).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ledger.decide.judging import Judging
from ledger.decide.naming import naming_pool, naming_unit
from ledger.facts import (
    Correction,
    PoolClosing,
    PoolOpening,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.holders import ever_of_unit
from ledger.holding import own_at, pieces
from ledger.periods import BEGINNING, FOREVER, Instant
from ledger.quantities import on_granule
from ledger.records import GrantRecord, PoolRecord, Said, UnitRecord
from ledger.refusals import Arithmetic, Cycle, DependentFacts, PoolClosed, UnitClosed, UnknownUnit
from ledger.sayings import Saying, saying
from ledger.state import State


class Stay(NamedTuple):
    """A unit stands under a parent over `[start, end)`, as the fact at a position says."""

    parent: str
    start: Instant
    end: Instant
    position: int


def judge_lives(judging: Judging, grants: Mapping[str, int]) -> None:
    """Judge the units and pools that were corrected, and those that hold what was corrected."""
    state = judging.state
    for leg, event in judging.corrected:
        judging.leg = leg
        said = saying(event.data.topic, event.data.replacement or event.data.was)
        match said.fact if said is not None else None:
            case UnitCreation(unit=name) | UnitRenaming(unit=name):
                _judge_unit(judging, state.units[name])
            case UnitMove(unit=name) | UnitClosing(unit=name):
                _judge_unit(judging, state.units[name])
                _judge_closing(judging, event.data, state.units[name].closed_at)
            case PoolOpening(pool=name) | PoolClosing(pool=name):
                _judge_pool(judging, state.pools[name])
                _judge_closing(judging, event.data, state.pools[name].closed_at)
            case _:
                pass
    for name, leg in grants.items():
        judging.leg = leg
        _demand_open(judging, state.grants[name])


def demand_no_cycle(judging: Judging, unit: str, said: tuple[Said, ...]) -> None:
    """Refuse with Cycle a unit that would at any time stand below itself, were this said of it."""
    units = judging.state.units
    stays = {name: list(stays_of(one)) for name, one in units.items()}
    stays[unit] = list(_stays(said, FOREVER))
    for at in sorted({stay.start for each in stays.values() for stay in each}):
        seen = unit
        while True:
            above = next((one for one in stays[seen] if one.start <= at < one.end), None)
            if above is None:
                break
            seen = above.parent
            if seen == unit:
                raise Cycle(f"{unit} would stand below itself from {at} on", leg=judging.leg)


def stays_of(unit: UnitRecord) -> Iterator[Stay]:
    """Under whom a unit stands, and when, as is believed now."""
    return _stays(unit.said, unit.closed_at)


def _stays(said: Iterable[Said], closed_at: Instant) -> Iterator[Stay]:
    moves = sorted((one for one in said if one.what == "parent"), key=_by_time)
    for place, one in enumerate(moves):
        end = moves[place + 1].at if place + 1 < len(moves) else closed_at
        if one.value is not None and one.at < end:
            yield Stay(one.value, one.at, end, one.position)


def _judge_unit(judging: Judging, unit: UnitRecord) -> None:
    """Refuse with DependentFacts a unit under what is said of it, in it and by it."""
    outside = {
        one.position
        for one in unit.said
        if one.what != "closed" and not unit.since <= one.at < unit.closed_at
    }
    outside |= {one.position for one in unit.said
                if one.what == "closed" and one.at <= unit.since}  # fmt: skip
    outside |= set(_named_by_units(judging, unit)) | set(_named_by_grants(judging, unit))
    outside |= set(naming_unit(judging.state, unit.unit, unit.since))
    if outside:
        until = "" if unit.closed_at == FOREVER else f" until {unit.closed_at}"
        never = unit.since == FOREVER
        lives = "was never made" if never else f"exists from {unit.since}{until}"
        raise _depended(judging, f"Unit {unit.unit} {lives}", outside)
    _judge_parents(judging, unit)


def _judge_closing(judging: Judging, fact: Correction, closed_at: Instant) -> None:
    """Refuse with DependentFacts a closing that is put before what names a unit or a pool."""
    closing = saying(fact.topic, fact.was)
    was = FOREVER if closing is None else closing.at
    match saying(fact.topic, fact.replacement):
        case Saying(fact=UnitClosing(unit=name)):
            later = naming_unit(judging.state, name, was, closed_at)
            what = f"Unit {name}"
        case Saying(fact=PoolClosing(pool=name)):
            later = naming_pool(judging.state, name, was, closed_at)
            what = f"Pool {name}"
        case _:
            return
    positions = set(later)
    if positions:
        raise _depended(judging, f"{what} was closed at {closed_at}, and is named later", positions)


def _named_by_units(judging: Judging, unit: UnitRecord) -> Iterator[int]:
    """The facts by which others stand under a unit, or merge into it, when it is not there."""
    for other in judging.state.units.values():
        for stay in stays_of(other):
            if stay.parent == unit.unit and not (
                unit.since <= stay.start and stay.end <= unit.closed_at
            ):
                yield stay.position
        for one in other.said:
            is_into = one.what == "closed" and one.value == unit.unit
            if is_into and not unit.since <= one.at < unit.closed_at:
                yield one.position


def _named_by_grants(judging: Judging, unit: UnitRecord) -> Iterator[int]:
    """The makers of a unit's grants that begin before it, or hold something after its closing."""
    state = judging.state
    for pool in state.pools:
        for grant in ever_of_unit(state, pool, unit.unit):
            if grant.first and (grant.start < unit.since or _held_after(grant, unit.closed_at)):
                yield grant.made


def _judge_parents(judging: Judging, unit: UnitRecord) -> None:
    """Refuse a stay under what is not there, and a closing into what is not."""
    units = judging.state.units
    for stay in stays_of(unit):
        above = units[stay.parent]
        if stay.start < above.since:
            raise UnknownUnit(
                f"Unit {above.unit} exists from {above.since} on, not {stay.start}",
                leg=judging.leg,
            )
        if stay.end > above.closed_at:
            raise UnitClosed(f"Unit {above.unit} was closed at {above.closed_at}", leg=judging.leg)


def _judge_pool(judging: Judging, pool: PoolRecord) -> None:
    """Refuse with DependentFacts a pool of which something is counted or held when it is not."""
    state = judging.state
    book, free = state.capacity[pool.pool], state.free[pool.pool]
    early = {change.position for change in book.changes if change.effective_at < pool.since}
    early |= set(naming_pool(state, pool.pool, pool.since))
    is_held = pool.since > BEGINNING and any(
        held for _, _, held in free.runs(BEGINNING, pool.since)
    )
    lives = "was never opened" if pool.since == FOREVER else f"exists from {pool.since}"
    if early or is_held:
        raise _depended(judging, f"Pool {pool.pool} {lives}, and is named before", early)
    off = set(_off_granule(state, pool, judging.now))
    if off:
        why = f"{pool.granule} is the granule of {pool.pool}, and what is held is no multiple of it"
        raise _depended(judging, why, off)
    if pool.closed_at == FOREVER:
        return
    if pool.closed_at < pool.since:
        raise _depended(judging, f"Pool {pool.pool} {lives}, and closed at {pool.closed_at}", ())
    dates = [start for start, _, _ in free.runs(pool.closed_at, FOREVER)]
    dates += [one.effective_at for one in book.changes if one.effective_at > pool.closed_at]
    held = [at for at in dates if book.at(at).allocatable != free.at(at)]
    if held:
        raise _depended(judging, f"Pool {pool.pool} is closed, and held at {min(held)}", ())


def _off_granule(state: State, pool: PoolRecord, now: Instant) -> Iterator[int]:
    """The makers of grants that hold, from an instant on, what is no multiple of the granule."""
    for unit in state.live.get(pool.pool, ()):
        for grant in state.live_of(pool.pool, unit):
            owned = pieces(grant, max(now, grant.start), grant.end)
            if any(not on_granule(own, pool.granule) for _, _, own in owned if own):
                yield grant.made


def _demand_open(judging: Judging, grant: GrantRecord) -> None:
    """Refuse a grant that would hold something after its unit, or its pool, was closed."""
    unit, pool = judging.state.units[grant.unit], judging.state.pools[grant.pool]
    if _held_after(grant, unit.closed_at):
        raise UnitClosed(f"Unit {unit.unit} was closed at {unit.closed_at}", leg=judging.leg)
    if _held_after(grant, pool.closed_at):
        raise PoolClosed(f"Pool {pool.pool} was closed at {pool.closed_at}", leg=judging.leg)


def _held_after(grant: GrantRecord, at: Instant) -> bool:
    """Whether a grant owns anything at an instant or later; what it owns only ever falls."""
    return at != FOREVER and own_at(grant, max(at, grant.start)) > 0


def _depended(judging: Judging, why: str, positions: Iterable[int]) -> DependentFacts:
    named = tuple(sorted(positions))
    told = f": position {', '.join(map(str, named[:20]))}" if named else ""
    return DependentFacts(
        why + told, arithmetic=Arithmetic(measure="facts", positions=named[:100] or None),
        leg=judging.leg,
    )  # fmt: skip


def _by_time(said: Said) -> tuple[Instant, int]:
    return said.at, said.position
