"""Who holds what of a pool: the grants of a unit at an instant, and what each unit has in hand."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from operator import attrgetter
from typing import Final

from ledger.holding import DrawOrder, draw_order, hold_changes
from ledger.in_hand import Runs, runs
from ledger.periods import FOREVER, Instant, shifted
from ledger.records import GrantRecord
from ledger.state import State

LATELY: Final = timedelta(days=7)
"""So far back of now it is kept what units had: most of what is dated back is not older."""


def of_unit(state: State, pool: str, unit: str, at: Instant) -> Iterator[GrantRecord]:
    """A unit's grants of a pool that hold something at an instant, in draw order."""
    listed: Iterable[DrawOrder] = state.live.get(pool, {}).get(unit, ())
    if at < state.ticked:
        over = state.over.get((pool, unit), [])
        since = bisect_right(over, at, key=lambda one: one[0])
        # Another process, whose clock lags, may have taken the rest since it was listed.
        late = [one for _, name in over[since:] if (one := state.grants[name]).left]
        if at < state.grants.rest.kept.horizon:
            late += [
                one
                for one in state.grants.resting_of(pool, unit, at, at)
                if one.left and one.end > at and one.unit == unit
            ]
        listed = sorted({*listed, *map(draw_order, late)})
    for key in listed:
        grant = state.grants[key[2]]
        if grant.start <= at < grant.end:
            yield grant


def ever_of_unit(state: State, pool: str, unit: str) -> list[GrantRecord]:
    """All the grants a unit ever had of a pool, as is believed now, in the order made."""
    grants = [state.grants[name] for name in state.made.get((pool, unit), ())]
    found = {one.grant: one for one in (*state.grants.resting_of(pool, unit), *grants)}
    return sorted((one for one in found.values() if one.unit == unit), key=attrgetter("made"))


def lasting_of_unit(
    state: State, pool: str, unit: str, since: Instant, until: Instant = FOREVER
) -> list[GrantRecord]:
    """Those of them that end after an instant and start by another, in the order made."""
    grants = [state.grants[name] for name in state.made.get((pool, unit), ())]
    if since < state.grants.rest.kept.horizon:
        grants += state.grants.resting_of(pool, unit, since, until)
    found = {
        one.grant: one
        for one in grants
        if since < one.end and one.start <= until and one.unit == unit
    }
    return sorted(found.values(), key=attrgetter("made"))


def holding_of_unit(state: State, pool: str, unit: str, at: Instant) -> list[GrantRecord]:
    """Those that hold something at an instant, whether or not anything can be taken of them."""
    if at >= state.ticked:
        return list(of_unit(state, pool, unit, at))
    return lasting_of_unit(state, pool, unit, at, at)


def in_hand_at(state: State, pool: str, at: Instant) -> Iterator[tuple[str, int]]:
    """Each unit that has something in hand of a pool at an instant, with how much."""
    if at >= state.ticked:
        units, held_by = state.live.get(pool, {}), _ahead
    else:
        units = [unit for of_pool, unit in state.made if of_pool == pool]
        held_by = _lately if at >= shifted(state.ticked, -LATELY) else _then
    for unit in units:
        held = held_by(state, pool, unit, at)
        if held:
            yield unit, held


def _ahead(state: State, pool: str, unit: str, at: Instant) -> int:
    def made() -> Runs:
        return _runs(state, state.live_of(pool, unit), state.ticked)

    return state.in_hand.ahead(pool, unit, made).at(at)


def _lately(state: State, pool: str, unit: str, at: Instant) -> int:
    def made() -> Runs:
        since = shifted(state.ticked, -LATELY)
        return _runs(state, lasting_of_unit(state, pool, unit, since), since)

    return state.in_hand.lately(pool, unit, made).at(at)


def _then(state: State, pool: str, unit: str, at: Instant) -> int:
    grants = lasting_of_unit(state, pool, unit, at, at)
    return sum(state.hold_at(grant, at) for grant in grants)


def _runs(state: State, grants: Iterable[GrantRecord], since: Instant) -> Runs:
    changes = (hold_changes(grant, since, state.loans_of(grant)) for grant in grants)
    return runs(since, chain.from_iterable(changes))
