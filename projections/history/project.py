"""Events folded into what they are found by: their decisions, subjects and tags."""

from collections.abc import Sequence
from struct import Struct as Packed
from typing import Final

from msgspec import Struct

from ledger.codec import decode
from ledger.events import Corrected, Event, Noted, PoolOpened
from ledger.facts import Correction, PoolOpening
from ledger.sayings import grants_about
from ledger.store.reading import read_at
from projections.history import blocks
from projections.history.index import Index
from projections.history.naming import Names, made_by, names
from projections.history.spoken import (
    facts_of,
    loans_said,
    subjects_spoken_of,
    subjects_told,
)
from projections.history.tags import mark
from projections.sheets import Cells, Changes, micros_2000, packed_text, packed_uuid
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.history", "recall.sql")

_DECISION: Final = Packed(">hiqiqiq").pack
_SUBJECT: Final = Packed(">hiq").pack
_WHOLLY: Final = Packed(">i?").pack

PLACES_KEPT: Final = 500_000
"""Grants whose unit and pool are held in memory; beyond, the older half is let go."""


class _Posting(Struct, frozen=True):
    tag: str
    bits: bytes


class _Position(Struct, frozen=True):
    position: int


class HistoryFold:
    """Folds every event; remembers where grants and delegations are, and the block at the end."""

    def __init__(self, is_empty: bool) -> None:
        self._decisions: list[bytes] = []
        self._subjects: list[bytes] = []
        self._spoken_of: list[bytes] = []
        self._corrections: list[Cells] = []
        self._notes: list[Cells] = []
        self._pools: list[Cells] = []
        self._loans: list[Cells] = []
        self._index = Index(is_empty=is_empty)
        self._places: dict[str, Names] = {}
        self._lent: dict[str, Names] = {}
        self._has_places = is_empty
        self._has_loans = is_empty
        self._has_block = is_empty

    def lacks(self, events: Sequence[Event]) -> bool:
        """Whether block and loans are not in memory, or a place that these events name."""
        return not (self._has_block and self._has_loans) or bool(self._subjects_missing(events))

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back the block at the end, and where the grants are that these events name."""
        if not events:
            return
        if not self._has_block:
            self._has_block = True
            block = blocks.block_of(events[0].position)
            standing = fetch(connection, SQL["block_begun"], {"block": block}, _Posting)
            self._index.begin(block, [(one.tag, one.bits) for one in standing])
        if not self._has_loans:
            self._has_loans = True
            told = fetch(connection, SQL["loans_told"], {}, _Position)
            for one in read_at(connection, [place.position for place in told]):
                self._make(decode(one.stored))
        self._recall_places(connection, self._subjects_missing(events))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        position = event.position
        if self._make(event):
            self._loans.append((position,))
        named = names(event, self._places)
        leg, legs = event.leg
        if not leg:
            at = micros_2000(event.recorded_at)
            self._decisions.append(
                _DECISION(5, 8, position, 8, position + legs - 1, 8, at)
                + packed_uuid(event.decision)
                + packed_text(event.key)
            )
        subjects = named.subjects
        for subject in subjects if len(subjects) < 2 else dict.fromkeys(subjects):
            self._subjects.append(_SUBJECT(2, 8, position) + packed_uuid(subject))
        spoken_of = subjects_spoken_of(event)
        for subject in spoken_of if len(spoken_of) < 2 else dict.fromkeys(spoken_of):
            self._spoken_of.append(_spoken_of(position, subject, wholly=False))
        if type(event) is PoolOpened:
            self._pools.append((event.data.pool, position, event.data.unit_label))
        elif type(event) is Corrected:
            self._correct(position, event.data)
            for grant in grants_about(event):
                self._spoken_of.append(_spoken_of(position, grant, wholly=True))
        elif type(event) is Noted and event.data.about.position is not None:
            self._notes.append((event.data.about.position, position))
        self._index.note(position, mark(event), named)

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        changes = (
            Changes("decisions", packed=self._decisions),
            Changes("subjects", packed=self._subjects),
            Changes("spoken_of", packed=self._spoken_of),
            *self._index.drain(settled=settled),
            Changes("corrections", self._corrections),
            Changes("notes", self._notes),
            Changes("pools", self._pools),
            Changes("loans", self._loans),
        )
        self._decisions, self._subjects, self._spoken_of = [], [], []
        self._corrections, self._notes, self._pools, self._loans = [], [], [], []
        if len(self._places) > PLACES_KEPT + len(self._lent):
            self._places = dict(list(self._places.items())[PLACES_KEPT // 2 :]) | self._lent
            self._has_places = False
        return changes

    def _make(self, event: Event) -> bool:
        """Remember where the grant or the like is that an event makes; whether it is a loan."""
        made = made_by(event.data)
        if made is None:
            return False
        subject, place = made
        self._places[subject] = place
        is_loan = bool(loans_said(event))
        if is_loan:
            self._lent[subject] = place
        return is_loan

    def _correct(self, position: int, correction: Correction) -> None:
        about = (correction.corrects, correction.supersedes)
        self._corrections += [(one, position) for one in about if one is not None]
        said = facts_of(correction)[0]
        if isinstance(said, PoolOpening):
            self._pools.append((said.pool, position, said.unit_label))

    def _subjects_missing(self, events: Sequence[Event]) -> list[str]:
        if self._has_places:
            return []
        told = {subject for event in events for subject in subjects_told(event)}
        return sorted(told - self._places.keys())

    def _recall_places(self, connection: Connection, subjects: Sequence[str]) -> None:
        if not subjects:
            return
        makers = fetch(connection, SQL["makers_standing"], {"subjects": subjects}, _Position)
        for one in read_at(connection, [maker.position for maker in makers]):
            self._make(decode(one.stored))


def _spoken_of(position: int, subject: str, *, wholly: bool) -> bytes:
    return _SUBJECT(3, 8, position) + packed_uuid(subject) + _WHOLLY(1, wholly)
