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
    return (*subjects_told(event), *(loan.legs[0].grant for loan in loans_said(event)))


def loans_said(event: Event) -> list[Reallocation]:
    """The loan that an event makes; the loans that a correction says something is, and was."""
    if not isinstance(event, Corrected | Reallocated):
        return []
    facts = facts_of(event.data) if isinstance(event, Corrected) else (event.data,)
    return [one for one in facts if isinstance(one, Reallocation) and one.loan]


def facts_of(correction: Correction) -> tuple[Fact, ...]:
    """What a correction says, and then what it takes back, as far as anything is said."""
    sayings = (saying(correction.topic, one) for one in (correction.replacement, correction.was))
    return tuple(one.fact for one in sayings if one is not None)


def said_by(event: Event) -> Fact:
    """What an event says; a correction says it in the place of another event."""
    return facts_of(event.data)[0] if isinstance(event, Corrected) else event.data


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
