"""Flags that the organisation tells of: who dealt for themselves, whose reason came late."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from api.reads.look import Connection
from api.reads.makers import makers
from ledger.codec import decode
from ledger.events import (
    Corrected,
    Event,
    Extended,
    Granted,
    Noted,
    Reallocated,
    Released,
    RequestDecided,
    SplitDecided,
)
from ledger.periods import Instant
from ledger.sayings import grants_about
from ledger.store.reading import read_at
from projections.history.revisions import changes
from projections.history.search import Flag
from projections.history.subjects import notes_on
from projections.organisation import read as organisation
from projections.requests.read import requests


class Gain(Struct, frozen=True):
    """A unit is given something of a pool, by some units or, without any, by the pool."""

    unit: str
    losing: tuple[str, ...]
    pool: str


class Judge:
    """Tells which events have a flag, as recorded by a position."""

    def __init__(self, connection: Connection, known_at: int) -> None:
        self._connection = connection
        self._known_at = known_at

    def __call__(self, flag: Flag, positions: Sequence[int]) -> frozenset[int]:
        """Those of some positions that have a flag."""
        events = _events(self._connection, positions)
        if flag == "self_dealing":
            return frozenset(one.position for one in events if self._deals(one))
        paid = self._paid(events)
        return paid if flag == "late_reason" else frozenset(positions) - paid

    def _deals(self, event: Event) -> bool:
        """Whether who decided asked for what is given, or leads who gains (rule 6).

        They lead it before the decision or after.
        """
        first = event.position - event.leg[0]
        gains = list(_gains(self._connection, event))
        if gains and event.request is not None:
            asked = requests(self._connection, known_at=event.position, request=event.request)
            if any(event.by in one.askers for one in asked):
                return True
        return any(
            self._leads(event, gain, known_at)
            for known_at in (first - 1, first + event.leg[1] - 1)
            for gain in gains
        )

    def _leads(self, event: Event, gain: Gain, known_at: int) -> bool:
        leads = [
            one
            for one in organisation.delegations(
                self._connection, valid_at=event.recorded_at, known_at=known_at, person=event.by
            )
            if one.role == "lead"
        ]
        path = partial(self._path, at=event.recorded_at, known_at=known_at)
        above = path(gain.unit) if leads else set[str]()
        if not any(one.unit in above or gain.unit in path(one.unit) for one in leads):
            return False
        everybody = [path(unit) for unit in (gain.unit, *gain.losing)]
        return not gain.losing or not any(
            (one.pools is None or gain.pool in one.pools)
            and all(one.unit in units for units in everybody)
            for one in leads
        )

    def _paid(self, events: Sequence[Event]) -> frozenset[int]:
        """Those of some events about which a note was made by who owes the words."""
        notes = notes_on(
            self._connection, [one.position for one in events], known_at=self._known_at
        )
        told = {
            one.position: one
            for one in _events(
                self._connection, sorted({at for some in notes.values() for at in some})
            )
        }
        return frozenset(
            one.position
            for one in events
            if any(self._pays(one, told[at]) for at in notes.get(one.position, ()))
        )

    def _pays(self, debt: Event, note: Event) -> bool:
        """Whether a note is by the maker of a debt, or by a decider over all who lost."""
        if not isinstance(note, Noted):
            return False
        if note.by == debt.by:
            return True
        deciding = [
            one
            for one in organisation.delegations(
                self._connection, valid_at=note.recorded_at, known_at=note.position, person=note.by
            )
            if one.role == "decider"
        ]
        losing = list(_losing(self._connection, debt)) if deciding else []
        path = partial(self._path, at=note.recorded_at, known_at=note.position)
        return bool(losing) and all(
            any(one.unit in path(unit) for one in deciding) for unit in losing
        )

    def _path(self, unit: str, *, at: Instant, known_at: int) -> set[str]:
        found = organisation.path(self._connection, unit, valid_at=at, known_at=known_at)
        return {one.unit for one in found}


def _events(connection: Connection, positions: Sequence[int]) -> list[Event]:
    return [decode(one.stored) for one in read_at(connection, positions)] if positions else []


def _gains(connection: Connection, event: Event) -> Iterator[Gain]:
    """Who gains by an event, and of whom."""
    match event:
        case Granted(data=made):
            yield Gain(made.unit, (), made.pool)
        case Reallocated(data=moved):
            losing = tuple(leg.unit for leg in moved.legs)
            yield Gain(moved.to_unit, losing, moved.pool)
        case Extended(data=longer):
            for made in makers(connection, [longer.grant], event.position).values():
                yield Gain(made.unit, made.lenders, made.pool)
        case RequestDecided(data=answer):
            for made in makers(connection, [answer.request], event.position).values():
                for award in answer.awarded:
                    yield Gain(made.unit, (), award.pool)
        case Corrected():
            yield from _corrected(connection, event)
        case _:
            pass


def _corrected(connection: Connection, event: Corrected) -> Iterator[Gain]:
    found = changes(connection, [event])[event.position]
    losing = tuple(
        one.before.unit
        for one in found
        if one.before is not None and any(quantity < 0 for _, _, quantity in one.own)
    )
    for one in found:
        if one.after is not None and any(quantity > 0 for _, _, quantity in one.own):
            others = tuple(unit for unit in losing if unit != one.after.unit)
            yield Gain(one.after.unit, others, one.after.pool)


def _losing(connection: Connection, event: Event) -> Iterable[str]:
    """Who lost by an event."""
    match event:
        case Released(data=given):
            return [leg.unit for leg in given.legs]
        case Reallocated(data=moved):
            return [leg.unit for leg in moved.legs]
        case SplitDecided(data=split):
            return [share.unit for share in split.shares]
        case Extended(data=shorter):
            subjects = (shorter.grant,)
        case RequestDecided(data=answer):
            subjects = (answer.request,)
        case Corrected():
            subjects = grants_about(event)
        case _:
            return ()
    return [made.unit for made in makers(connection, subjects, event.position).values()]
