"""What an event speaks of without saying whose it is: grants, requests, delegations, pledges."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from ledger.events import Corrected, Event, Reallocated
from ledger.facts import (
    Correction,
    Extension,
    Fact,
    Forecast,
    NoteText,
    Reallocation,
    Revocation,
)
from ledger.pledge_facts import PledgeRevision, PledgeWithdrawal
from ledger.request_facts import (
    Appealing,
    RequestAmendment,
    RequestDecision,
    RequestWithdrawal,
)
from ledger.sayings import saying


def subjects_told(event: Event) -> tuple[str, ...]:
    """The grants and delegations that an event names without saying whose they are."""
    if isinstance(event, Corrected):
        return tuple(grant for one in facts_of(event.data) for grant in _told(one))
    return _told(event.data)


def subjects_spoken_of(event: Event) -> tuple[str, ...]:
    """The grants and delegations about which its sentence says more than the event does."""
    told = subjects_told(event)
    if not isinstance(event, Corrected | Reallocated):
        return told
    facts = facts_of(event.data) if isinstance(event, Corrected) else (event.data,)
    lenders = [one.legs[0].grant for one in facts if isinstance(one, Reallocation) and one.loan]
    return (*told, *lenders)


def facts_of(correction: Correction) -> tuple[Fact, ...]:
    """What a correction says, and then what it takes back, as far as anything is said."""
    sayings = (saying(correction.topic, one) for one in (correction.replacement, correction.was))
    return tuple(one.fact for one in sayings if one is not None)


def said_by(event: Event) -> Fact:
    """What an event says; a correction says it in the place of another event."""
    return facts_of(event.data)[0] if isinstance(event, Corrected) else event.data


def tells_of_loan(event: Event) -> bool:
    """Whether an event makes a loan, or a correction says that it is or was one."""
    if isinstance(event, Corrected):
        facts = facts_of(event.data)
        return any(isinstance(one, Reallocation) and one.loan for one in facts)
    return isinstance(event, Reallocated) and event.data.loan


def noted_about(note: NoteText) -> str | None:
    """The grant or request that a note is about, if it is about one."""
    return note.about.grant or note.about.request


def _told(fact: Fact) -> tuple[str, ...]:
    told = _TOLD.get(type(fact))
    subject = None if told is None else told(fact)
    return () if subject is None else (subject,)


_TOLD: Final[dict[type[Any], Callable[[Any], str | None]]] = {
    Extension: attrgetter("grant"),
    Forecast: attrgetter("grant"),
    Revocation: attrgetter("delegation"),
    PledgeRevision: attrgetter("pledge"),
    PledgeWithdrawal: attrgetter("pledge"),
    RequestAmendment: attrgetter("request"),
    RequestWithdrawal: attrgetter("request"),
    RequestDecision: attrgetter("request"),
    Appealing: attrgetter("request"),
    NoteText: noted_about,
}
