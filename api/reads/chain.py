"""A chain of why, link by link: events with who decided them, in which words, by what right."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from api.reads.shapes_of_why import Link, What
from ledger.events import Event
from ledger.facts import Delegation, NoteText
from ledger.periods import Instant
from ledger.request_facts import (
    Appealing,
    RequestAmendment,
    RequestDecision,
    RequestMaking,
    RequestWithdrawal,
)
from projections.history.read import Entry, entries
from projections.history.subjects import positions_of
from projections.statements import Connection

MOST: Final = 200
"""So many links of one kind are told one by one; how many more there are is said."""


class Chain:
    """The links found so far, as recorded by a position. A right is told once."""

    def __init__(self, connection: Connection, known_at: int) -> None:
        self.links: list[Link] = []
        self._connection = connection
        self._known_at = known_at
        self._rights: set[str] = set()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The chain as text."""
        return tuple(f"{link.sentence}." for link in self.links)

    def add(self, link: Link) -> None:
        """One more link."""
        self.links.append(link)

    def decided(
        self, what: What, told: Iterable[Entry], *, later: bool = False, note: str = ""
    ) -> None:
        """Events that somebody decided."""
        self.links += [event_link(what, one, later=later, note=note) for one in told]

    def rest(self, what: What, left: int, which: tuple[str, str], *, later: bool = False) -> None:
        """How many more there are that are not told one by one: `which` of one, and of many."""
        if left > 0:
            self.add(Link(what=what, sentence=f"{left:,} more {which[left > 1]}", later=later))

    def rights(self, told: Iterable[Entry], *, later: bool = False) -> None:
        """The delegations that events were decided by, except those told of already."""
        used = dict.fromkeys(right for one in told for right in one.event.authority)
        fresh = [one for one in used if one not in self._rights]
        self._rights.update(fresh)
        made = positions_of(self._connection, fresh, known_at=self._known_at)
        found = self.told([made[one][0] for one in fresh if one in made])
        for one in found:
            if isinstance(one.event.data, Delegation):
                self.add(_right(one, one.event.data, later=later))

    def given(self, one: Entry, *, grant: str, own: int, note: str) -> None:
        """A grant that was made, and what it owns."""
        self.add(replace(event_link("grant", one, note=note), grant=grant, quantity=own))

    def request(self, request: str, *, answers: What = "request") -> None:
        """What was asked for, why, and how it was answered; `answers` is what answers are."""
        named = positions_of(self._connection, (request,), known_at=self._known_at)
        for one in self.told(named[request][:MOST] if request in named else ()):
            fact = one.event.data
            if isinstance(fact, RequestMaking | RequestAmendment):
                words = "" if fact.justification is None else f', because "{fact.justification}"'
                asked = event_link("request", one)
                text = f"{said(one, 'asked')}{words}"
                self.add(replace(asked, request=request, sentence=text))
            elif isinstance(fact, RequestDecision):
                total = sum(award.quantity for award in fact.awarded)
                link = replace(event_link(answers, one), outcome=fact.outcome, quantity=total)
                self.add(replace(link, request=request))
                self.rights((one,))
            elif isinstance(fact, RequestWithdrawal | Appealing | NoteText):
                self.add(replace(event_link("request", one), request=request))
                self.rights((one,))

    def told(self, positions: Sequence[int]) -> list[Entry]:
        """The events at some positions."""
        return entries(self._connection, positions, known_at=self._known_at) if positions else []


def event_link(what: What, one: Entry, *, later: bool = False, note: str = "") -> Link:
    """An event as a link: who decided when, what it says, and in which words."""
    event = one.event
    return Link(
        what=what,
        sentence=f"{said(one, 'decided')}{note}{because(event)}{corrected(one)}",
        position=one.position,
        by=event.by,
        on_behalf_of=_or_unset(event.on_behalf_of),
        confirmed_by=_or_unset(event.confirmed_by),
        proposal=_or_unset(event.proposal),
        at=event.recorded_at,
        reason_code=event.reason_code,
        reason=_or_unset(event.reason),
        authority=event.authority,
        corrected_by=UNSET if one.corrected_by is None else one.corrected_by,
        later=later,
    )


def said(one: Entry, verb: str) -> str:
    """`kim@lab decided on 2027-03-01 at 09:00: ...`."""
    event = one.event
    behalf = "" if event.on_behalf_of is None else f" for {event.on_behalf_of}"
    confirmed = "" if event.confirmed_by is None else f", confirmed by {event.confirmed_by}"
    return f"{event.by}{behalf}{confirmed} {verb} on {minute(event.recorded_at)}: {one.sentence}"


def corrected(one: Entry) -> str:
    """Which correction says something else of an event by now, if one does."""
    return "" if one.corrected_by is None else f" (corrected at position {one.corrected_by})"


def because(event: Event) -> str:
    """The words of an event; without words its reason code, unless that says nothing."""
    if event.reason is not None:
        return f', because "{event.reason}"'
    code = event.reason_code.replace("_", " ")
    return "" if event.reason_code == "other" else f", because of {code}"


def minute(instant: Instant) -> str:
    """An instant as a day and a time, to the minute."""
    return f"{instant[:10]} at {instant[11:16]}"


def _right(one: Entry, given: Delegation, *, later: bool) -> Link:
    event = one.event
    return Link(
        what="delegation",
        sentence=(
            f"{given.to} could decide so: {one.sentence}, by {event.by} on "
            f"{minute(event.recorded_at)}"
        ),
        position=one.position,
        delegation=given.delegation,
        unit=given.unit,
        by=event.by,
        at=event.recorded_at,
        later=later,
    )


def _or_unset(value: str | None) -> str | UnsetType:
    return UNSET if value is None else value
