"""What an event says, in plain English that an operator would write."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    CapacityChanged,
    Corrected,
    Event,
    Extended,
    Granted,
    Noted,
    PoolClosed,
    PoolOpened,
    ProposalClosed,
    Proposed,
    Reallocated,
    Released,
    ReleaseForecast,
    RulesSet,
    SplitDecided,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.facts import (
    Reallocation,
)
from ledger.periods import open_end
from ledger.sayings import Saying
from ledger.vocabulary import Override
from projections.history import authority
from projections.history.asking import SAID_OF_REQUESTS
from projections.history.corrections import after, as_recorded, before, is_revision
from projections.history.phrases import (
    Background,
    advanced,
    givers,
    listed,
    moment,
    on,
    since,
    tense,
    till,
    were,
)
from projections.history.pledging import SAID_OF_PLEDGES

_LIMITS: Final[Mapping[Override, str]] = {
    "floor": "the floor", "notice": "the notice that is due", "breach": "a limit that it breaks",
}  # fmt: skip


def sentence(event: Event, background: Background) -> str:
    """One sentence, without a full stop: dates stand in it where they say more than `now`."""
    said = _SENTENCES[type(event)](event, background)
    if not event.overrides:
        return said
    return f"{said}, overriding {listed([_LIMITS[one] for one in event.overrides])}"


def _opened(event: PoolOpened, _: Background) -> str:
    made = event.data
    name = "" if made.title in ("", made.pool) else f" ({made.title})"
    multiples = f" in multiples of {made.granule:,}" if made.granule > 1 else ""
    return f"Pool {made.pool}{name} was opened{on(event)}, counted in {made.unit_label}{multiples}"


def _pool_closed(event: PoolClosed, _: Background) -> str:
    return f"Pool {event.data.pool} was closed{on(event)}"


def _capacity(event: CapacityChanged, background: Background) -> str:
    fact = event.data
    amount = fact.total if fact.total is not None else fact.quantity or 0
    count = background.amount(amount, fact.pool)
    match fact.kind:
        case "headroom":
            return f"{count} stay free as headroom{since(event)}"
        case "counted" | "installed" | "retired" | "lost" | "restored":
            return f"{count} {were(event, amount)} {fact.kind}{on(event)}"


def _created(event: UnitCreated, _: Background) -> str:
    made = event.data
    name = "" if made.name == made.unit else f" ({made.name})"
    under = "" if made.parent is None else f" under {made.parent}"
    return f"The {made.kind} {made.unit}{name} was created{under}{on(event)}"


def _renamed(event: UnitRenamed, _: Background) -> str:
    return f"{event.data.unit} was renamed to {event.data.name}{on(event)}"


def _moved(event: UnitMoved, _: Background) -> str:
    return f"{event.data.unit} moved under {event.data.parent}{on(event)}"


def _closed(event: UnitClosed, _: Background) -> str:
    end = event.data
    into = "" if end.merged_into is None else f" and merged into {end.merged_into}"
    return f"{end.unit} was closed{into}{on(event)}"


def _granted(event: Granted, background: Background) -> str:
    made = event.data
    borrowed = ", borrowed" if made.grant_class == "borrowed" else ""
    amount = background.amount(made.quantity, made.pool)
    return f"{made.unit} was granted {amount}{since(event)}{till(made.ends_at)}{borrowed}"


def _released(event: Released, background: Background) -> str:
    given = event.data
    quantity = sum(leg.quantity for leg in given.legs)
    amount = background.amount(quantity, given.pool)
    holders = givers(given.legs)
    match given.kind:
        case "returned":
            gives = "gives" if holders == given.legs[0].unit else "give"
            said = f"{holders} {tense(event, 'gave', gives)} back {amount}{on(event)}"
        case "reclaimed":
            said = f"{amount} {were(event, quantity)} reclaimed from {holders}{on(event)}"
        case "unstated":
            leave = "leaves" if quantity == 1 else "leave"
            said = f"{amount} {tense(event, 'left', leave)} {holders}{on(event)}"
    taken = advanced(given.legs)
    early = f", {taken:,} of it earlier than scheduled" if taken else ""
    late = ", recorded after the grant had ended" if given.late else ""
    return f"{said}{early}{late}"


def _lent(event: Reallocated, background: Background) -> str:
    lent = event.data
    amount = background.amount(lent.quantity, lent.pool)
    lender = lent.legs[0]
    source = background.grant(lender.grant)
    return (
        f"{amount} {were(event, lent.quantity)} lent by {lender.unit} to {lent.to_unit}"
        f"{since(event)}{till(lent.ends_at)}, out of {source}"
    )


def _reallocated(event: Reallocated, background: Background) -> str:
    moved = event.data
    if moved.loan:
        return _lent(event, background)
    amount = background.amount(moved.quantity, moved.pool)
    holders = givers(moved.legs)
    if holders == moved.to_unit:
        become = "becomes" if moved.quantity == 1 else "become"
        became = tense(event, "became", become)
        said = f"{amount} of {holders} {became} {moved.grant_class}{since(event)}"
        return f"{said}{till(moved.ends_at)}"
    borrowed = ", borrowed" if moved.grant_class == "borrowed" else ""
    taken = advanced(moved.legs)
    early = f", {taken:,} of it scheduled for release" if taken else ""
    move = tense(event, "moved", "moves" if moved.quantity == 1 else "move")
    return (
        f"{amount} {move} from {holders} to {moved.to_unit}{on(event)}"
        f"{till(moved.ends_at)}{borrowed}{early}"
    )


def _extended(event: Extended, background: Background) -> str:
    changed = event.data
    grant = background.grant(changed.grant)
    start = f"{grant[0].upper()}{grant[1:]}"
    was = None if changed.was_ends_at is None else moment(changed.was_ends_at)
    match background.makers.get(changed.grant):
        case Reallocation(loan=True) if changed.ends_at is not None and was:
            is_earlier = changed.ends_at < open_end(changed.was_ends_at)
            said = "are recalled to" if is_earlier else "are lent on until"
            return f"{start} {said} {moment(changed.ends_at)} instead of {was}"
        case _:
            pass
    if changed.ends_at is None:
        return f"{start} no longer end on {was}, but stay" if was else f"{start} still have no end"
    instead = f"instead of {was}" if was else "and had no end before"
    return f"{start} now end on {moment(changed.ends_at)} {instead}"


def _forecast(event: ReleaseForecast, background: Background) -> str:
    expected = event.data
    grant = background.grant(expected.grant)
    steps = [step for step in expected.steps if step.quantity]
    if not steps:
        return f"Nothing is expected back any more of {grant}"
    parts = [f"{step.quantity:,} on {moment(step.expected_at)}" for step in steps]
    return f"Expected back of {grant}: {listed(parts)}, with {expected.confidence} confidence"


def _corrected(event: Corrected, background: Background) -> str:
    of = event.data.corrects
    was, now = before(event), after(event)
    if now is None:
        over = "was called off" if is_revision(event) else "never happened"
        return f'Event {of} {over}: "{_told(event, was, background)}"'
    said = _told(event, now, background)
    if was is None:
        return f'Event {of} happened after all: "{said}"'
    what = "The plan of event" if is_revision(event) else "Event"
    is_now = "is changed" if is_revision(event) else "is corrected"
    return f'{what} {of} {is_now}: "{said}", not "{_told(event, was, background)}"'


def _told(event: Corrected, said: Saying | None, background: Background) -> str:
    """What is said, as the sentence of the event that would say so."""
    return "" if said is None else sentence(as_recorded(event, said), background)


def _noted(event: Noted, background: Background) -> str:
    about = event.data.about
    if about.position is not None:
        subject = f"event {about.position}"
    elif about.grant is not None:
        subject = background.grant(about.grant)
    elif about.request is not None:
        subject = background.request(about.request)
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
    AuthorityDelegated: authority.delegated,
    AuthorityRevoked: authority.revoked,
    RulesSet: authority.ruled,
    SplitDecided: authority.split,
    Granted: _granted,
    Released: _released,
    Reallocated: _reallocated,
    Extended: _extended,
    ReleaseForecast: _forecast,
    Corrected: _corrected,
    Proposed: authority.proposed,
    ProposalClosed: authority.proposal_closed,
    Noted: _noted,
    **SAID_OF_REQUESTS,
    **SAID_OF_PLEDGES,
}
"""How each topic speaks. One without is a test's failure."""
