"""Where requests stand, read off the log anew each time: slow, and plain enough to believe."""

from collections.abc import Sequence
from itertools import pairwise

from ledger.events import (
    Corrected,
    DecisionAppealed,
    Event,
    Granted,
    Reallocated,
    RequestAmended,
    RequestDecided,
    Requested,
    RequestWithdrawn,
)
from ledger.facts import GrantMaking, Reallocation
from ledger.periods import Instant
from ledger.sayings import saying

OF_REQUESTS = (Requested, RequestAmended, RequestWithdrawn, RequestDecided, DecisionAppealed)


def about(events: Sequence[Event], request: str) -> list[Event]:
    """The events of one request, in order."""
    return [
        event
        for event in events
        if isinstance(event, OF_REQUESTS) and event.data.request == request
    ]


def askers(events: Sequence[Event], request: str) -> set[str]:
    """Who asked for it, or for more of it."""
    wishes = [one for one in about(events, request) if isinstance(one, Requested | RequestAmended)]
    found = {one.by for one in wishes[:1]}
    for before, after in pairwise(wishes):
        if after.data.quantity > before.data.quantity:
            found.add(after.by)
    return found


def first_quantity(events: Sequence[Event], at: int) -> int:
    """What the grant made at a position is believed to have been given, nothing if it never was."""
    fact = events[at - 1].data
    for event in events:
        if isinstance(event, Corrected) and event.data.corrects == at:
            said = saying(event.data.topic, event.data.replacement)
            fact = None if said is None else said.fact
    return fact.quantity if isinstance(fact, GrantMaking | Reallocation) else 0


def granted_for(events: Sequence[Event], request: str) -> dict[str, int]:
    """What was granted for a request, by pool."""
    found: dict[str, int] = {}
    for event in events:
        if isinstance(event, Granted | Reallocated) and event.request == request:
            pool = event.data.pool
            found[pool] = found.get(pool, 0) + first_quantity(events, event.position)
    return found


def status_of(events: Sequence[Event], request: str, at: Instant) -> str:
    """The status of a request at an instant, by the words of rule 11, the last of them first."""
    story = about(events, request)
    wishes = [one for one in story if isinstance(one, Requested | RequestAmended)]
    answers = [one for one in story if isinstance(one, RequestDecided)]
    granted = granted_for(events, request)
    found = "open"
    if answers:
        last = answers[-1]
        missing = [
            award for award in last.data.awarded if granted.get(award.pool, 0) < award.quantity
        ]
        is_enough = sum(granted.values()) >= wishes[-1].data.quantity
        found = "awarded" if missing and not is_enough else "fulfilled"
        if last.data.outcome in ("denied", "deferred"):
            found = last.data.outcome
        if last.data.outcome == "partly" and last.data.rest == "waits" and not missing:
            found = "fulfilled" if is_enough else "open"
        for before, now in pairwise(wishes):
            if now.position > last.position and now.data.quantity > before.data.quantity:
                found = "open"
        appeals = [one for one in story if isinstance(one, DecisionAppealed)]
        if any(one.position > last.position for one in appeals):
            found = "appealed"
    ends_at = wishes[-1].data.ends_at
    if found != "fulfilled" and ends_at is not None and ends_at <= at:
        found = "lapsed"
    if any(isinstance(one, RequestWithdrawn) for one in story):
        found = "withdrawn"
    return found
