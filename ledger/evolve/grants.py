"""How grants, and what is taken from them, change the state (domain, rule 0)."""

from msgspec.structs import replace

from ledger.acts import with_late
from ledger.events import Extended, Granted, Reallocated, Recorded, Released, ReleaseForecast
from ledger.evolve.changes import add, touch, touch_lender
from ledger.evolve.requests import name_request
from ledger.facts import Leg
from ledger.holding import left_until, pieces, with_draw
from ledger.periods import Instant, micros, open_end
from ledger.records import Draw, End, GrantRecord
from ledger.state import State
from ledger.steps import Delta


def granted(state: State, event: Granted) -> None:
    """A grant holds from its start on."""
    made = event.data
    grant = _make(state, event, made.grant, made.unit, made.quantity)
    add(state, made.pool, [(grant.start, grant.end, -grant.first)])


def released(state: State, event: Released) -> None:
    """Grants give to the pool, loans to their lender; late ones only tell."""
    fact = event.data
    deltas: list[Delta] = []
    for leg in fact.legs:
        if fact.late:
            grant = with_late(state.grants[leg.grant], event.position, event.effective_at, leg)
            state.keep_grant(replace(grant, touched=event.position))
        else:
            deltas += _take(state, event, leg, is_release=True)
        touch(state, leg.unit, event.position)
        touch_lender(state, leg.grant, event.position)
    add(state, fact.pool, deltas)


def reallocated(state: State, event: Reallocated) -> None:
    """Grants give to a new one, or one of them lends to it."""
    fact = event.data
    if fact.loan:
        _lend(state, event)
        return
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
    before = state.family_of(grant)
    ends = (*_ends(grant), End(event.position, end))
    left = left_until(grant, end)
    if grant.end <= event.recorded_at:
        state.unlist_grant(grant)
    changed = replace(grant, end=end, ends=ends, left=left, touched=event.position)
    _set_grant(state, changed, event.recorded_at, grant)
    touch(state, grant.unit, event.position)
    touch_lender(state, grant.grant, event.position)
    if before is not None:
        add(state, grant.pool, [*before, *_less(state.family_of(grant))])
    elif end > grant.end:
        # A start that was corrected may lie behind an end that was said since.
        longer = pieces(grant, max(grant.start, grant.end), end)
        add(state, grant.pool, [(s, e, -q) for s, e, q in longer])
    else:
        add(state, grant.pool, list(pieces(grant, max(grant.start, end), grant.end)))


def release_forecast(state: State, event: ReleaseForecast) -> None:
    """Something is expected back, or no more; nothing that is held changes."""
    fact = event.data
    grant = state.grants[fact.grant]
    if any(step.quantity for step in fact.steps):
        state.journal.put(state.forecasts, fact.grant, event.position)
    else:
        state.journal.drop(state.forecasts, fact.grant)
    state.keep_grant(replace(grant, touched=event.position))
    touch(state, grant.unit, event.position)


def _lend(state: State, event: Reallocated) -> None:
    leg = event.data.legs[0]
    lender = state.grants[leg.grant]
    before = state.family_of(lender) or list(pieces(lender, lender.start, lender.end))
    loan = _make(
        state, event, event.data.to_grant, event.data.to_unit, event.data.quantity, lender=leg.grant
    )
    loans = (*lender.loans, loan.grant)
    state.keep_grant(replace(lender, loans=loans, touched=event.position))
    touch(state, leg.unit, event.position)
    add(state, event.data.pool, [*before, *_less(state.family_of(loan))])


def _less(pieces_of: list[Delta] | None) -> list[Delta]:
    return [(start, end, -held) for start, end, held in pieces_of or ()]


def _ends(grant: GrantRecord) -> tuple[End, ...]:
    """What was said of a grant's end so far."""
    return grant.ends or (End(grant.made, grant.end),)


def _make(
    state: State,
    event: Granted | Reallocated,
    grant: str,
    unit: str,
    quantity: int,
    *,
    lender: str | None = None,
) -> GrantRecord:
    record = GrantRecord(
        grant=grant,
        # The very texts that others have: a record of a million grants knows few pools and units.
        pool=state.pools[event.data.pool].pool,
        unit=state.units[unit].unit,
        start=event.effective_at,
        end=open_end(event.data.ends_at),
        first=quantity,
        grant_class=event.data.grant_class,
        left=quantity,
        made=event.position,
        touched=event.position,
        began=micros(event.effective_at),
        lender=lender,
    )
    state.add_grant(record)
    if event.request is not None:
        name_request(state, event.request, grant)
    state.list_grant(record, event.recorded_at)
    touch(state, unit, event.position)
    return record


def _take(state: State, event: Recorded, leg: Leg, *, is_release: bool) -> list[Delta]:
    """Apply one leg to its grant; returns what it gives to and takes from `free`."""
    grant = state.grants[leg.grant]
    at = max(event.effective_at, grant.start)
    if leg.ends or grant.lender:
        before = state.family_of(grant)
        if leg.ends:
            _end(state, event, grant, at)
        else:
            _draw(state, event, leg, grant, at, is_release=is_release)
        if before is not None:
            return [*before, *_less(state.family_of(grant))]
        return list(pieces(grant, at, grant.end))
    return _draw(state, event, leg, grant, at, is_release=is_release)


def _end(state: State, event: Recorded, grant: GrantRecord, at: Instant) -> None:
    ends = (*_ends(grant), End(event.position, event.effective_at, is_final=True))
    changed = replace(
        grant,
        end=at,
        left=left_until(grant, at),
        ended=True,
        ends=ends,
        touched=event.position,
    )
    if grant.end <= event.recorded_at:
        state.unlist_grant(grant)
    _set_grant(state, changed, event.recorded_at, grant)


def _draw(
    state: State, event: Recorded, leg: Leg, grant: GrantRecord, at: Instant, *, is_release: bool
) -> list[Delta]:
    draws = grant.draws
    deltas: list[Delta] = [(at, grant.end, leg.quantity)]
    # What is to leave it at its end or later, as a fact believed otherwise may have it, never does.
    left = grant.left - leg.quantity if at < grant.end else grant.left
    advances: tuple[tuple[int, int], ...] = ()
    if leg.advances:
        advances = tuple((one.position, one.quantity) for one in leg.advances)
        taken = dict(advances)
        for draw in draws:
            part = taken.get(draw.position)
            if part:
                deltas.append((draw.instant, grant.end, -part))
                left += part if draw.instant < grant.end else 0
        draws = tuple(
            replace(draw, quantity=draw.quantity - taken[draw.position])
            if draw.position in taken
            else draw
            for draw in draws
        )
    early = event.effective_at if at != event.effective_at else None
    draws = with_draw(draws, Draw(at, leg.quantity, event.position, is_release, advances, early))
    changed = replace(grant, draws=draws, left=left, touched=event.position)
    if left and at <= event.recorded_at and not advances:
        state.keep_grant(changed)
    else:
        _set_grant(state, changed, event.recorded_at, grant)
    return deltas


def _set_grant(state: State, grant: GrantRecord, now: Instant, before: GrantRecord) -> None:
    state.keep_grant(grant)
    state.list_grant(grant, now, before)
