"""What an event says, in plain English that an operator would write."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    CapacityChanged,
    Event,
    Extended,
    Granted,
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
from ledger.facts import Leg
from ledger.periods import Instant

HOLDERS_NAMED: Final = 4
"""A sentence names so many holders; the event lists all."""


class Background(NamedTuple):
    """What an event takes for known: what pools count, and who made grants and delegations."""

    unit_labels: Mapping[str, str]
    makers: Mapping[str, Event]

    def amount(self, quantity: int, pool: str) -> str:
        """A quantity with what it counts and where: `64 gpu of phoenix/h100`."""
        return f"{quantity:,} {self.unit_labels.get(pool, 'units')} of {pool}"

    def grant(self, grant: str) -> str:
        """A grant as people speak of it: `the 64 gpu of phoenix/h100 granted to vision`."""
        match self.makers.get(grant):
            case Granted(data=made):
                return f"the {self.amount(made.quantity, made.pool)} granted to {made.unit}"
            case Reallocated(data=moved):
                return f"the {self.amount(moved.quantity, moved.pool)} moved to {moved.to_unit}"
            case _:
                return f"grant {grant}"


def sentence(event: Event, background: Background) -> str:
    """One sentence, without a full stop: dates stand in it where they say more than `now`."""
    return _SENTENCES[type(event)](event, background)


def moment(instant: Instant) -> str:
    """An instant as short as it is exact: a day, or a day and a time of UTC."""
    day, time = instant[:10], instant[11:-1]
    if time == "00:00:00.000000":
        return day
    if time.endswith(":00.000000"):
        return f"{day} {time[:5]}"
    return f"{day} {time[:8]}" if time.endswith(".000000") else f"{day} {time}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _since(event: Recorded) -> str:
    """From when, where that is not when it was recorded."""
    if event.effective_at == event.recorded_at:
        return ""
    return f" from {moment(event.effective_at)}"


def _on(event: Recorded) -> str:
    return "" if event.effective_at == event.recorded_at else f" on {moment(event.effective_at)}"


def _tense(event: Recorded, past: str, ahead: str) -> str:
    """The word for what has happened, or for what is still to come when it is recorded."""
    return ahead if event.effective_at > event.recorded_at else past


def _were(event: Recorded, quantity: int) -> str:
    return _tense(event, "was", "is") if quantity == 1 else _tense(event, "were", "are")


def _till(end: Instant | None) -> str:
    return "" if end is None else f" until {moment(end)}"


def _holders(legs: Sequence[Leg]) -> str:
    given: dict[str, int] = {}
    for leg in legs:
        given[leg.unit] = given.get(leg.unit, 0) + leg.quantity
    if len(given) == 1:
        return next(iter(given))
    parts = [f"{unit} ({quantity:,})" for unit, quantity in given.items()]
    if len(parts) > HOLDERS_NAMED:
        rest = len(parts) - HOLDERS_NAMED + 1
        parts = [*parts[: HOLDERS_NAMED - 1], f"{rest} others"]
    return listed(parts)


def _opened(event: PoolOpened, _: Background) -> str:
    made = event.data
    name = "" if made.title in ("", made.pool) else f" ({made.title})"
    multiples = f" in multiples of {made.granule:,}" if made.granule > 1 else ""
    return f"Pool {made.pool}{name} was opened{_on(event)}, counted in {made.unit_label}{multiples}"


def _pool_closed(event: PoolClosed, _: Background) -> str:
    return f"Pool {event.data.pool} was closed{_on(event)}"


def _capacity(event: CapacityChanged, background: Background) -> str:
    fact = event.data
    amount = fact.total if fact.total is not None else fact.quantity or 0
    count = background.amount(amount, fact.pool)
    match fact.kind:
        case "headroom":
            return f"{count} stay free as headroom{_since(event)}"
        case "counted" | "installed" | "retired" | "lost" | "restored":
            return f"{count} {_were(event, amount)} {fact.kind}{_on(event)}"


def _created(event: UnitCreated, _: Background) -> str:
    made = event.data
    name = "" if made.name == made.unit else f" ({made.name})"
    under = "" if made.parent is None else f" under {made.parent}"
    return f"The {made.kind} {made.unit}{name} was created{under}{_on(event)}"


def _renamed(event: UnitRenamed, _: Background) -> str:
    return f"{event.data.unit} was renamed to {event.data.name}{_on(event)}"


def _moved(event: UnitMoved, _: Background) -> str:
    return f"{event.data.unit} moved under {event.data.parent}{_on(event)}"


def _closed(event: UnitClosed, _: Background) -> str:
    end = event.data
    into = "" if end.merged_into is None else f" and merged into {end.merged_into}"
    return f"{end.unit} was closed{into}{_on(event)}"


def _delegated(event: AuthorityDelegated, _: Background) -> str:
    given = event.data
    pools = "" if given.pools is None else f", for {listed(given.pools)}"
    most = "" if given.most is None else f", up to {given.most:,} at a time"
    return f"{given.to} became {given.role} of {given.unit}{pools}{most}{_till(given.until)}"


def _revoked(event: AuthorityRevoked, background: Background) -> str:
    delegation = event.data.delegation
    match background.makers.get(delegation):
        case AuthorityDelegated(data=given):
            return f"{given.to} is {given.role} of {given.unit} no more"
        case _:
            return f"Delegation {delegation} was revoked"


def _ruled(event: RulesSet, _: Background) -> str:
    rules = event.data
    said: list[str] = []
    if rules.second_person_from is not None:
        said.append(f"from {rules.second_person_from:,} on a second person confirms")
    if rules.backdate_days is not None:
        said.append(f"facts may be dated back {_days(rules.backdate_days)}")
    if rules.notice_days is not None:
        said.append(f"{_days(rules.notice_days)} of notice are due")
    where = "" if rules.pool is None else f" for {rules.pool}"
    return f"Rules were set{where}: {', '.join(said)}" if said else f"Rules were set{where}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _granted(event: Granted, background: Background) -> str:
    made = event.data
    borrowed = ", borrowed" if made.grant_class == "borrowed" else ""
    amount = background.amount(made.quantity, made.pool)
    return f"{made.unit} was granted {amount}{_since(event)}{_till(made.ends_at)}{borrowed}"


def _released(event: Released, background: Background) -> str:
    given = event.data
    quantity = sum(leg.quantity for leg in given.legs)
    amount = background.amount(quantity, given.pool)
    holders = _holders(given.legs)
    match given.kind:
        case "returned":
            gives = "gives" if len({leg.unit for leg in given.legs}) == 1 else "give"
            said = f"{holders} {_tense(event, 'gave', gives)} back {amount}{_on(event)}"
        case "reclaimed":
            said = f"{amount} {_were(event, quantity)} reclaimed from {holders}{_on(event)}"
        case "unstated":
            leave = "leaves" if quantity == 1 else "leave"
            said = f"{amount} {_tense(event, 'left', leave)} {holders}{_on(event)}"
    taken = sum(one.quantity for leg in given.legs for one in leg.advances)
    early = f", {taken:,} of it earlier than scheduled" if taken else ""
    late = ", recorded after the grant had ended" if given.late else ""
    return f"{said}{early}{late}"


def _reallocated(event: Reallocated, background: Background) -> str:
    moved = event.data
    amount = background.amount(moved.quantity, moved.pool)
    holders = _holders(moved.legs)
    if holders == moved.to_unit:
        become = "becomes" if moved.quantity == 1 else "become"
        became = _tense(event, "became", become)
        said = f"{amount} of {holders} {became} {moved.grant_class}{_since(event)}"
        return f"{said}{_till(moved.ends_at)}"
    borrowed = ", borrowed" if moved.grant_class == "borrowed" else ""
    taken = sum(one.quantity for leg in moved.legs for one in leg.advances)
    early = f", {taken:,} of it scheduled for release" if taken else ""
    move = _tense(event, "moved", "moves" if moved.quantity == 1 else "move")
    return (
        f"{amount} {move} from {holders} to {moved.to_unit}{_on(event)}"
        f"{_till(moved.ends_at)}{borrowed}{early}"
    )


def _extended(event: Extended, background: Background) -> str:
    changed = event.data
    grant = background.grant(changed.grant)
    start = f"{grant[0].upper()}{grant[1:]}"
    was = None if changed.was_ends_at is None else moment(changed.was_ends_at)
    if changed.ends_at is None:
        return f"{start} no longer end on {was}, but stay" if was else f"{start} still have no end"
    instead = f"instead of {was}" if was else "and had no end before"
    return f"{start} now end on {moment(changed.ends_at)} {instead}"


def _noted(event: Noted, background: Background) -> str:
    about = event.data.about
    if about.position is not None:
        subject = f"event {about.position}"
    elif about.grant is not None:
        subject = background.grant(about.grant)
    else:
        subject = about.unit or "the record"
    return f"Note on {subject}: {event.data.text}"


_SENTENCES: Final[dict[type[Any], Callable[[Any, Background], str]]] = {
    PoolOpened: _opened,
    PoolClosed: _pool_closed,
    CapacityChanged: _capacity,
    UnitCreated: _created,
    UnitRenamed: _renamed,
    UnitMoved: _moved,
    UnitClosed: _closed,
    AuthorityDelegated: _delegated,
    AuthorityRevoked: _revoked,
    RulesSet: _ruled,
    Granted: _granted,
    Released: _released,
    Reallocated: _reallocated,
    Extended: _extended,
    Noted: _noted,
}
"""How each topic speaks. One without is a test's failure."""
