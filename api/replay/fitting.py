"""What a rule has changed has consequences: later facts are made to fit what there is then.

A grant is *otherwise* once the rule has changed, added or left out a fact about it. From such a
grant no more is taken than it has in hand, and what a rule took back early is not given back once
more; what is left of a move, or of a loan, is what its target receives. Facts about what the rule
has left out never happen. All else is folded as it was recorded.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from ledger.events import (
    CapacityChanged,
    Event,
    Extended,
    Granted,
    PoolClosed,
    PoolOpened,
    Reallocated,
    Released,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.facts import Advance, Fact, Leg
from ledger.gathering import Gathering
from ledger.holding import lowest_hold, scheduled_releases
from ledger.periods import Instant, open_end
from ledger.records import GrantRecord

Thing = tuple[str, str]
"""What a fact is about, and its id: ("grant", ...), ("unit", ...), ("pool", ...)."""


class Fitting:
    """Makes each fact fit the what-if that is folded so far."""

    def __init__(self, state: Gathering) -> None:
        self._state = state
        self.gone: set[Thing] = set()
        self.otherwise: set[str] = set()
        """The grants that are not as recorded."""
        self._early: dict[str, int] = {}
        """What was taken back of a grant before those who held it gave it back."""

    def fitted(self, event: Event, *, is_added: bool) -> Event | None:
        """A fact as it can happen here; None when it cannot. The very fact when nothing changes."""
        if any(thing in self.gone for thing in demanded(event)):
            self.gone |= {*made(event)}
            return None
        match event:
            case Released(data=fact) if not fact.late:
                legs = [leg for one in fact.legs if (leg := self._leg(event, one, is_added))]
                if not legs:
                    return None
                return _with(event, legs=tuple(legs)) if tuple(legs) != fact.legs else event
            case Reallocated(data=fact) if fact.loan:
                quantity = self._lendable(event)
                return self._moved(event, [replace(fact.legs[0], quantity=quantity)], quantity)
            case Reallocated(data=fact):
                legs = [leg for one in fact.legs if (leg := self._leg(event, one, is_added))]
                return self._moved(event, legs, sum(leg.quantity for leg in legs))
            case _:
                return event

    def _moved(self, event: Reallocated, legs: list[Leg], quantity: int) -> Event | None:
        if quantity <= 0:
            self.gone |= {*made(event)}
            return None
        if tuple(legs) == event.data.legs:
            return event
        self.otherwise.add(event.data.to_grant)
        return _with(event, legs=tuple(legs), quantity=quantity)

    def _lendable(self, event: Reallocated) -> int:
        leg = event.data.legs[0]
        if leg.grant not in self.otherwise:
            return leg.quantity
        lender = self._state.grants[leg.grant]
        until = open_end(event.data.ends_at)
        return min(leg.quantity, self._in_hand(lender, event.effective_at, until))

    def _leg(self, event: Released | Reallocated, leg: Leg, is_added: bool) -> Leg | None:
        """What a leg can take of its grant; None for nothing."""
        if ("grant", leg.grant) in self.gone:
            return None
        if leg.grant not in self.otherwise or leg.ends:
            return leg
        grant = self._state.grants[leg.grant]
        if is_added:
            leg = _advancing(grant, leg, event.recorded_at)
        quantity = min(leg.quantity, self._room(grant, leg, event.effective_at))
        if isinstance(event, Released):
            quantity = self._less_early(leg, quantity, is_added)
        if quantity <= 0:
            return None
        return replace(leg, quantity=quantity, advances=_part(leg.advances, quantity))

    def _less_early(self, leg: Leg, quantity: int, is_added: bool) -> int:
        """A release takes again nothing of what was taken back early, which it makes up for."""
        early = self._early.get(leg.grant, 0)
        if is_added:
            ahead = sum(one.quantity for one in leg.advances)
            self._early[leg.grant] = early + max(0, quantity - ahead)
            return quantity
        made_up = min(early, leg.quantity)
        self._early[leg.grant] = early - made_up
        return min(quantity, leg.quantity - made_up)

    def _room(self, grant: GrantRecord, leg: Leg, at: Instant) -> int:
        """The least the grant has in hand from an instant on, what it advances given back."""
        back = {one.position: one.quantity for one in leg.advances}
        draws = tuple(
            replace(one, quantity=max(0, one.quantity - back.get(one.position, 0)))
            for one in grant.draws
        )
        own = grant.first - sum(one.quantity for one in draws if one.instant < grant.end)
        return self._in_hand(replace(grant, draws=draws, left=own), at, grant.end)

    def _in_hand(self, grant: GrantRecord, at: Instant, until: Instant) -> int:
        lowest = lowest_hold(grant, self._state.loans_of(grant), at, until=until)
        return 0 if lowest is None else max(0, lowest[1])


def demanded(event: Event) -> list[Thing]:
    """What has to be there for a fact to happen at all."""
    match event:
        case Granted(data=fact):
            return [("pool", fact.pool), ("unit", fact.unit)]
        case Reallocated(data=fact) if fact.loan:
            return [("unit", fact.to_unit), ("grant", fact.legs[0].grant)]
        case Reallocated(data=fact):
            return [("unit", fact.to_unit)]
        case Extended(data=fact):
            return [("grant", fact.grant)]
        case CapacityChanged(data=fact) | PoolClosed(data=fact):
            return [("pool", fact.pool)]
        case UnitCreated(data=fact) if fact.parent is not None:
            return [("unit", fact.parent)]
        case UnitMoved(data=fact):
            return [("unit", fact.unit), ("unit", fact.parent)]
        case UnitRenamed(data=fact) | UnitClosed(data=fact):
            return [("unit", fact.unit)]
        case _:
            return []


def named(event: Event) -> list[Thing]:
    """All that a fact names and the fold looks up."""
    match event:
        case Released(data=fact) | Reallocated(data=fact):
            return [*demanded(event), *(("grant", leg.grant) for leg in fact.legs)]
        case _:
            return demanded(event)


def made(event: Event) -> Iterable[Thing]:
    """What a fact brings into being."""
    match event:
        case Granted(data=fact):
            return [("grant", fact.grant)]
        case Reallocated(data=fact):
            return [("grant", fact.to_grant)]
        case UnitCreated(data=fact):
            return [("unit", fact.unit)]
        case PoolOpened(data=fact):
            return [("pool", fact.pool)]
        case _:
            return []


def _with(event: Event, **changes: object) -> Event:
    fact: Fact = event.data
    return replace(event, data=replace(fact, **changes))


def _advancing(grant: GrantRecord, leg: Leg, now: Instant) -> Leg:
    """A leg that takes first what was to leave by scheduled releases, soonest first (rule 5)."""
    wanted = leg.quantity
    advances: list[Advance] = []
    for draw in scheduled_releases(grant, now):
        part = min(wanted, draw.quantity)
        if part:
            advances.append(Advance(position=draw.position, quantity=part))
            wanted -= part
    return replace(leg, advances=tuple(advances))


def _part(advances: Iterable[Advance], quantity: int) -> tuple[Advance, ...]:
    """What is advanced by a leg that takes only so much."""
    found: list[Advance] = []
    for one in advances:
        part = min(quantity, one.quantity)
        if part:
            found.append(replace(one, quantity=part))
            quantity -= part
    return tuple(found)
