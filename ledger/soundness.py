"""What an event has to say to have come through a door, whatever the rules decide about it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from ledger.codec import canonical
from ledger.commands import AnyCommand, Subject
from ledger.events import TOPICS, Recorded
from ledger.facts import (
    CapacityChange,
    Correction,
    Delegation,
    Fact,
    GrantMaking,
    NoteText,
    Proposal,
    Reallocation,
    ReleaseOfGrants,
    Splitting,
)
from ledger.looks import Found, fields_of, gather, look, read_all
from ledger.organising import ChangeCapacity, ShareAsk
from ledger.periods import Instant, is_instant
from ledger.pledge_facts import PledgeMaking, PledgeRevision
from ledger.pledging import Pledge
from ledger.request_facts import RequestAmendment, RequestMaking
from ledger.sayings import FACTS, fact_of, replacement, sayings


def look_through(events: Sequence[Recorded]) -> None:
    """Raise ValueError when something stands in events that came through no door: fast.

    It does not say where; `look_at` does.
    """
    found: Found = defaultdict(set)
    gather(_ENVELOPE, events, found)
    of_kind: defaultdict[type[Recorded], list[Recorded]] = defaultdict(list)
    for event in events:
        of_kind[type(event)].append(event)
    for kind, some in of_kind.items():
        facts = list(map(_fact, some))
        of_fact = _FACT_OF[kind]
        gather(_FIELDS[of_fact], facts, found)
        fits = _FITS.get(of_fact)
        if fits is not None:
            for event, fact in zip(some, facts, strict=True):
                fits(event.effective_at, fact)
    read_all(found)


def look_at(event: Recorded) -> None:
    """Raise ValueError when something stands in an event that came through no door."""
    look(_ENVELOPE, (event,))
    _look_at_fact(event.effective_at, fact_of(event))


def _look_at_fact(at: Instant, fact: Fact) -> None:
    kind = type(fact)
    look(_FIELDS[kind], (fact,))
    fits = _FITS.get(kind)
    if fits is not None:
        fits(at, fact)


def _window(start: Instant, end: Instant | None) -> None:
    if end is not None and end <= start:
        raise ValueError(f"a period from {start} to {end} holds no instant")


def _ends(at: Instant, fact: GrantMaking | RequestMaking | RequestAmendment) -> None:
    if fact.ends_at is not None and fact.ends_at <= at:
        _window(at, fact.ends_at)


def _given(at: Instant, fact: ReleaseOfGrants | Reallocation) -> None:
    del at
    if not fact.legs:
        raise ValueError("it takes from no grant")
    for leg in fact.legs:
        if not leg.quantity and not leg.ends:
            raise ValueError("quantity: nothing, and no grant ends")


def _moved(at: Instant, fact: Reallocation) -> None:
    _window(at, fact.ends_at)
    _given(at, fact)
    total = sum([leg.quantity for leg in fact.legs])
    if total != fact.quantity:
        raise ValueError(f"the legs add up to {total}, and {fact.quantity} are moved")
    if fact.loan and len(fact.legs) > 1:
        raise ValueError("a loan has one lender grant")


def _capacity(at: Instant, fact: CapacityChange) -> None:
    del at
    ChangeCapacity(pool=fact.pool, kind=fact.kind, total=fact.total, quantity=fact.quantity)


def _promised(at: Instant, fact: PledgeMaking | PledgeRevision) -> None:
    Pledge(
        to_unit=fact.to_unit, of_unit=fact.of_unit, pools=fact.pools, share_bp=fact.share_bp,
        quantity=fact.quantity, starts_at=at, until=fact.until,
    )  # fmt: skip


def _split(at: Instant, fact: Splitting) -> None:
    _window(at, fact.until)
    for one in fact.shares:
        ShareAsk(unit=one.unit, floor=one.floor, amount=one.amount, cap=one.cap)


def _delegated(at: Instant, fact: Delegation) -> None:
    _window(at, fact.until)


def _noted(at: Instant, fact: NoteText) -> None:
    del at
    about = fact.about
    Subject(position=about.position, grant=about.grant, unit=about.unit, request=about.request)


def _proposed(at: Instant, fact: Proposal) -> None:
    """What was proposed can be read as a command, as far as its shape goes."""
    del at
    try:
        if canonical(msgspec.json.decode(fact.command)) != bytes(fact.command):
            raise ValueError("command: not canonical")
        _command(fact.command)
    except msgspec.ValidationError as wrong:
        if wrong.__cause__ is None:  # else it is a rule that refuses it today
            raise ValueError(f"command: {wrong}") from wrong


def _corrected(at: Instant, fact: Correction) -> None:
    """What was said, and what is said instead, is as if it had been recorded so."""
    del at
    for said, kept in zip(sayings(fact), (fact.was, fact.replacement), strict=True):
        if said is None or kept is None:
            continue
        again = replacement(said)
        if again is None or bytes(again.data) != bytes(kept.data):
            raise ValueError("data: not canonical")
        if not is_instant(said.at):
            raise ValueError(f"effective_at: {said.at!r} is no instant")
        _look_at_fact(said.at, said.fact)


_fact: Final = attrgetter("data")
_command: Final = msgspec.json.Decoder(AnyCommand).decode
_ENVELOPE: Final = tuple(fields_of(Recorded))
_FACT_OF: Final = {kind: FACTS[topic] for topic, kind in TOPICS.items()}
_FIELDS: Final = {kind: tuple(fields_of(kind)) for kind in _FACT_OF.values()}
_FITS: Final[dict[type[Fact], Callable[[Instant, Any], None]]] = {
    **dict.fromkeys((GrantMaking, RequestMaking, RequestAmendment), _ends),
    ReleaseOfGrants: _given,
    Reallocation: _moved,
    CapacityChange: _capacity,
    **dict.fromkeys((PledgeMaking, PledgeRevision), _promised),
    Splitting: _split,
    Delegation: _delegated,
    NoteText: _noted,
    Proposal: _proposed,
    Correction: _corrected,
}
"""What of a fact goes together, given when it takes effect. Raises ValueError."""
