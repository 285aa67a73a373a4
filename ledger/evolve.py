"""How each fact changes the state: one fold an event, no rule is judged here."""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from ledger.capacity import CapacityBook, Change
from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    CapacityChanged,
    Extended,
    Granted,
    Leg,
    Noted,
    PoolClosed,
    PoolOpened,
    Reallocated,
    Recorded,
    Released,
    RulesSet,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.holding import left_until, pieces, with_draw
from ledger.periods import Instant, open_end
from ledger.records import (
    DelegationRecord,
    Draw,
    GrantRecord,
    PoolRecord,
    RulesRecord,
    UnitRecord,
)
from ledger.state import State
from ledger.steps import Delta, Steps, net


def evolve(state: State, event: Recorded) -> None:
    """Fold one event into the state. Raises ValueError when its position is not the next."""
    if event.position != state.position + 1:
        raise ValueError(f"event {event.position} does not follow {state.position}")
    state.tick(event.recorded_at)
    apply(state, event)


def apply(state: State, event: Recorded) -> None:
    """Fold one event of the decision at hand, once the state has ticked to its time."""
    FOLDS[type(event)](state, event)
    state.journal.assign(state, "position", event.position)
    state.journal.assign(state, "recorded_at", event.recorded_at)


def _pool_opened(state: State, event: PoolOpened) -> None:
    opening = event.data
    put = state.journal.put
    record = PoolRecord(
        pool=opening.pool,
        title=opening.title,
        unit_label=opening.unit_label,
        granule=opening.granule,
        since=event.effective_at,
    )
    put(state.pools, opening.pool, record)
    put(state.folded, "pool " + opening.pool.lower(), opening.pool)
    put(state.capacity, opening.pool, CapacityBook())
    put(state.free, opening.pool, Steps())


def _pool_closed(state: State, event: PoolClosed) -> None:
    pool = state.pools[event.data.pool]
    state.journal.put(state.pools, pool.pool, replace(pool, closed_at=event.effective_at))


def _capacity_changed(state: State, event: CapacityChanged) -> None:
    fact = event.data
    amount = fact.total if fact.total is not None else fact.quantity
    if amount is None:
        raise ValueError(f"capacity at position {event.position} has no amount")
    change = Change(event.effective_at, event.position, fact.kind, amount)
    book = state.capacity[fact.pool]
    deltas = book.insert(change)
    state.journal.on_undo(book.remove, change)
    _add(state, fact.pool, deltas)


def _unit_created(state: State, event: UnitCreated) -> None:
    made = event.data
    put = state.journal.put
    record = UnitRecord(
        unit=made.unit,
        name=made.name,
        kind=made.kind,
        parent=made.parent,
        since=event.effective_at,
    )
    put(state.units, made.unit, record)
    put(state.folded, "unit " + made.unit.lower(), made.unit)
    put(state.open_children, made.unit, 0)
    put(state.touched, made.unit, event.position)
    if made.parent is None:
        state.journal.assign(state, "root", made.unit)
    else:
        put(state.open_children, made.parent, state.open_children[made.parent] + 1)


def _unit_renamed(state: State, event: UnitRenamed) -> None:
    unit = state.units[event.data.unit]
    state.journal.put(state.units, unit.unit, replace(unit, name=event.data.name))
    _touch(state, unit.unit, event.position)


def _unit_moved(state: State, event: UnitMoved) -> None:
    unit = state.units[event.data.unit]
    put = state.journal.put
    if unit.parent is not None:
        put(state.open_children, unit.parent, state.open_children[unit.parent] - 1)
    new = event.data.parent
    put(state.open_children, new, state.open_children[new] + 1)
    put(state.units, unit.unit, replace(unit, parent=new))
    for name in (unit.unit, new, *([unit.parent] if unit.parent else [])):
        _touch(state, name, event.position)


def _unit_closed(state: State, event: UnitClosed) -> None:
    unit = state.units[event.data.unit]
    put = state.journal.put
    put(state.units, unit.unit, replace(unit, closed_at=event.effective_at))
    if unit.parent is not None:
        put(state.open_children, unit.parent, state.open_children[unit.parent] - 1)
    _touch(state, unit.unit, event.position)
    if event.data.merged_into is not None:
        _touch(state, event.data.merged_into, event.position)


def _authority_delegated(state: State, event: AuthorityDelegated) -> None:
    given = event.data
    record = DelegationRecord(
        delegation=given.delegation,
        to=given.to,
        role=given.role,
        unit=given.unit,
        pools=given.pools,
        most=given.most,
        until=open_end(given.until),
        given_by=event.by,
        position=event.position,
    )
    put = state.journal.put
    put(state.delegations, given.delegation, record)
    put(state.of_person, given.to, (*state.of_person.get(given.to, ()), given.delegation))
    _touch(state, given.unit, event.position)


def _authority_revoked(state: State, event: AuthorityRevoked) -> None:
    held = state.delegations[event.data.delegation]
    until = min(held.until, event.effective_at)
    state.journal.put(state.delegations, held.delegation, replace(held, until=until))
    _touch(state, held.unit, event.position)


def _rules_set(state: State, event: RulesSet) -> None:
    fact = event.data
    old = state.rules.get(fact.pool, RulesRecord())
    named = ("second_person_from", "backdate_days", "notice_days")
    given = {n: getattr(fact, n) for n in named if getattr(fact, n) is not None}
    state.journal.put(state.rules, fact.pool, replace(old, **given))


def _granted(state: State, event: Granted) -> None:
    made = event.data
    _make(state, event, made.grant, made.unit, made.quantity)
    grant = state.grants[made.grant]
    _add(state, made.pool, [(grant.start, grant.end, -grant.first)])


def _released(state: State, event: Released) -> None:
    fact = event.data
    deltas: list[Delta] = []
    for leg in fact.legs:
        if fact.late:
            grant = state.grants[leg.grant]
            state.journal.put(state.grants, leg.grant, replace(grant, touched=event.position))
        else:
            deltas += _take(state, event, leg, is_release=True)
        _touch(state, leg.unit, event.position)
    _add(state, fact.pool, deltas)


def _reallocated(state: State, event: Reallocated) -> None:
    fact = event.data
    deltas: list[Delta] = []
    for leg in fact.legs:
        deltas += _take(state, event, leg, is_release=False)
        _touch(state, leg.unit, event.position)
    _make(state, event, fact.to_grant, fact.to_unit, fact.quantity)
    target = state.grants[fact.to_grant]
    deltas.append((target.start, target.end, -target.first))
    _add(state, fact.pool, deltas)


def _extended(state: State, event: Extended) -> None:
    grant = state.grants[event.data.grant]
    end = open_end(event.data.ends_at)
    if end > grant.end:
        deltas = [(s, e, -q) for s, e, q in pieces(grant, grant.end, end)]
    else:
        deltas = list(pieces(grant, end, grant.end))
    _set_grant(
        state,
        replace(grant, end=end, left=left_until(grant, end), touched=event.position),
        event.recorded_at,
    )
    _touch(state, grant.unit, event.position)
    _add(state, grant.pool, deltas)


def _noted(state: State, event: Noted) -> None:
    del state, event


def _make(
    state: State, event: Granted | Reallocated, grant: str, unit: str, quantity: int
) -> None:  # fmt: skip
    record = GrantRecord(
        grant=grant,
        pool=event.data.pool,
        unit=unit,
        start=event.effective_at,
        end=open_end(event.data.ends_at),
        first=quantity,
        grant_class=event.data.grant_class,
        left=quantity,
        made=event.position,
        touched=event.position,
    )
    _set_grant(state, record, event.recorded_at)
    _touch(state, unit, event.position)


def _take(state: State, event: Recorded, leg: Leg, *, is_release: bool) -> list[Delta]:
    """Apply one leg to its grant; returns what it gives to and takes from `free`."""
    grant = state.grants[leg.grant]
    at = max(event.effective_at, grant.start)
    if leg.ends:
        freed = list(pieces(grant, at, grant.end))
        changed = replace(
            grant, end=at, left=left_until(grant, at), ended=True, touched=event.position
        )
        _set_grant(state, changed, event.recorded_at)
        return freed
    draws = grant.draws
    deltas: list[Delta] = [(at, grant.end, leg.quantity)]
    left = grant.left - leg.quantity
    for advance in leg.advances:
        draws = tuple(
            Draw(d.instant, d.quantity - advance.quantity, d.position, d.is_release)
            if d.position == advance.position
            else d
            for d in draws
        )
        when = next(d.instant for d in draws if d.position == advance.position)
        deltas.append((when, grant.end, -advance.quantity))
        left += advance.quantity
    draws = with_draw(draws, Draw(at, leg.quantity, event.position, is_release))
    changed = replace(grant, draws=draws, left=left, touched=event.position)
    _set_grant(state, changed, event.recorded_at)
    return deltas


def _set_grant(state: State, grant: GrantRecord, now: Instant) -> None:
    state.journal.put(state.grants, grant.grant, grant)
    state.list_grant(grant, now)


def _touch(state: State, unit: str, position: int) -> None:
    state.journal.put(state.touched, unit, position)


def _add(state: State, pool: str, deltas: list[Delta]) -> None:
    free = state.free[pool]
    for start, end, quantity in net(deltas):
        state.journal.add(free, start, end, quantity)


FOLDS: Final[dict[type[Recorded], Callable[[State, Any], None]]] = {
    PoolOpened: _pool_opened,
    PoolClosed: _pool_closed,
    CapacityChanged: _capacity_changed,
    UnitCreated: _unit_created,
    UnitRenamed: _unit_renamed,
    UnitMoved: _unit_moved,
    UnitClosed: _unit_closed,
    AuthorityDelegated: _authority_delegated,
    AuthorityRevoked: _authority_revoked,
    RulesSet: _rules_set,
    Granted: _granted,
    Released: _released,
    Reallocated: _reallocated,
    Extended: _extended,
    Noted: _noted,
}
"""The fold of every topic. A topic without one cannot be followed, and a test says so."""
