"""The events that change grants which neither lend nor are lent: what each has more or less of.

They are nearly all there are, and cost no look at what else a grant went through.
"""

from msgspec import Struct

from ledger.events import Granted, Reallocated, Recorded, Released
from ledger.facts import GrantMaking, Leg, Reallocation
from ledger.periods import Instant, open_end
from ledger.state import State
from ledger.steps import Delta


class Change(Struct, frozen=True, gc=False):
    """So much more or less in a unit's grant of a pool, over time."""

    pool: str
    unit: str
    is_guaranteed: bool
    deltas: list[Delta]


def plain(state: State, event: Recorded) -> list[Change] | None:
    """The changes of a plain event, before it is folded; None when it is none.

    Of a pool without budgets nothing is told.
    """
    match event:
        case Granted(data=made):
            if made.pool not in state.measures:
                return []
            return [_made(made, made.unit, event.effective_at)]
        case Released(data=given):
            if given.pool not in state.measures or given.late:
                return []
            return _taken(state, given.pool, given.legs, event.effective_at)
        case Reallocated(data=moved):
            if moved.pool not in state.measures:
                return []
            found = _taken(state, moved.pool, moved.legs, event.effective_at)
            if moved.loan or found is None:
                return None
            return [*found, _made(moved, moved.to_unit, event.effective_at)]
        case _:
            return None


def _made(made: GrantMaking | Reallocation, unit: str, at: Instant) -> Change:
    delta = (at, open_end(made.ends_at), made.quantity)
    return Change(made.pool, unit, made.grant_class == "guaranteed", [delta])


def _taken(
    state: State, pool: str, legs: tuple[Leg, ...], effective_at: Instant
) -> list[Change] | None:
    found: list[Change] = []
    for leg in legs:
        grant = state.grants[leg.grant]
        if leg.ends or grant.lender is not None or grant.loans:
            return None
        at, end = max(effective_at, grant.start), grant.end
        deltas = [(at, end, -leg.quantity)]
        if leg.advances:
            dates = {draw.position: draw.instant for draw in grant.draws}
            deltas += [(dates[one.position], end, one.quantity) for one in leg.advances]
        found.append(Change(pool, grant.unit, grant.grant_class == "guaranteed", deltas))
    return found
