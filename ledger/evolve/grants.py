"""How grants, and what is taken from them, change the state (domain, rule 0)."""

from msgspec.structs import replace

from ledger.events import Extended, Granted, Leg, Reallocated, Recorded, Released
from ledger.evolve.changes import add, touch
from ledger.holding import left_until, pieces, with_draw
from ledger.periods import Instant, micros, open_end
from ledger.records import Draw, GrantRecord
from ledger.state import State
from ledger.steps import Delta


def granted(state: State, event: Granted) -> None:
    """A grant holds from its start on."""
    made = event.data
    grant = _make(state, event, made.grant, made.unit, made.quantity)
    add(state, made.pool, [(grant.start, grant.end, -grant.first)])


def released(state: State, event: Released) -> None:
    """Grants give to the pool; late ones only tell."""
    fact = event.data
    deltas: list[Delta] = []
    for leg in fact.legs:
        if fact.late:
            grant = state.grants[leg.grant]
            state.journal.put(state.grants, leg.grant, replace(grant, touched=event.position))
        else:
            deltas += _take(state, event, leg, is_release=True)
        touch(state, leg.unit, event.position)
    add(state, fact.pool, deltas)


def reallocated(state: State, event: Reallocated) -> None:
    """Grants give to a new one."""
    fact = event.data
    deltas: list[Delta] = []
    for leg in fact.legs:
        deltas += _take(state, event, leg, is_release=False)
        touch(state, leg.unit, event.position)
    target = _make(state, event, fact.to_grant, fact.to_unit, fact.quantity)
    deltas.append((target.start, target.end, -target.first))
    add(state, fact.pool, deltas)


def extended(state: State, event: Extended) -> None:
    """A grant ends at another time."""
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
    touch(state, grant.unit, event.position)
    add(state, grant.pool, deltas)


def _make(
    state: State, event: Granted | Reallocated, grant: str, unit: str, quantity: int
) -> GrantRecord:  # fmt: skip
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
        began=micros(event.effective_at),
    )
    state.add_grant(record)
    _set_grant(state, record, event.recorded_at)
    touch(state, unit, event.position)
    return record


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
    if left and at <= event.recorded_at:
        state.keep_grant(changed)
    else:
        _set_grant(state, changed, event.recorded_at)
    return deltas


def _set_grant(state: State, grant: GrantRecord, now: Instant) -> None:
    state.keep_grant(grant)
    state.list_grant(grant, now)
