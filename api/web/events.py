"""Events as rows of a page: what was recorded, who decided it, and what it did to whom."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from api.reads.judged import Judge
from api.web.facts import EventRow, Found
from api.web.links import refs_of
from api.web.rendering import quantity
from ledger.events import Event
from projections.history import read as history
from projections.history.search import Name, Named, Search
from projections.history.sieve import Members
from projections.holdings import read as holdings
from projections.statements import Connection

ALL: Final = 1000
"""Rows of a list that is shown whole."""


class Events:
    """The events recorded by a position, newest first.

    `names` are those of units by id, `members` tells who was below a unit when.
    """

    def __init__(
        self,
        connection: Connection,
        position: int,
        names: Mapping[str, str],
        members: Members,
    ) -> None:
        self._connection = connection
        self._position = position
        self._names = names
        self._members = members

    def recent(
        self,
        limit: int,
        *,
        pool: str | None = None,
        under: str | None = None,
        grant: str | None = None,
        request: str | None = None,
    ) -> Sequence[EventRow]:
        """The newest events, about a pool, a unit and all below it, a grant or a request."""
        asked: tuple[tuple[Name, str | None], ...] = (
            ("pool", pool), ("under", under), ("grant", grant), ("request", request),
        )  # fmt: skip
        terms = tuple(Named(name, value) for name, value in asked if value is not None)
        return self._events(Search(terms), limit, None)

    def found(self, search: Search, limit: int, before: int | None) -> Found:
        """The newest events that fit a search, those before a position."""
        rows = self._events(search, limit + 1, before)
        older = rows[limit - 1].position if len(rows) > limit else None
        return Found(events=tuple(rows[:limit]), older=older)

    def at(self, positions: Collection[int]) -> Mapping[int, EventRow]:
        """The events at some positions."""
        found = history.entries(
            self._connection, sorted(positions), known_at=self._position,
            judge=Judge(self._connection, self._position),
        )  # fmt: skip
        return {row.position: row for row in self._rows(found)}

    def would_say(self, events: Sequence[Event]) -> Sequence[tuple[str, tuple[str, ...]]]:
        """What events would say, and their flags, that are recorded later or not at all."""
        return history.would_say(self._connection, events, known_at=self._position)

    def rights(self, delegations: Sequence[str]) -> Sequence[EventRow]:
        """The events that gave delegations."""
        return [
            row
            for delegation in delegations
            for row in self._events(Search((Named("grant", delegation),)), ALL, None)[-1:]
        ]

    def _events(self, search: Search, limit: int, before: int | None) -> list[EventRow]:
        entries = history.page(
            self._connection,
            search,
            known_at=self._position,
            beyond=before,
            order="desc",
            limit=limit,
            members=self._members,
            judge=Judge(self._connection, self._position),
        )
        return self._rows(entries)

    def _rows(self, entries: Sequence[history.Entry]) -> list[EventRow]:
        counts: defaultdict[int, list[holdings.Effect]] = defaultdict(list)
        for effect in holdings.effects(self._connection, [one.position for one in entries]):
            counts[effect.position].append(effect)
        return [self._row(one, counts[one.position]) for one in entries]

    def _row(self, entry: history.Entry, effects: Sequence[holdings.Effect]) -> EventRow:
        event = entry.event
        return EventRow(
            position=event.position,
            topic=str(event.__struct_config__.tag),
            recorded_at=event.recorded_at,
            effective_at=event.effective_at,
            decision=event.decision,
            sentence=entry.sentence,
            by=event.by,
            reason_code=event.reason_code,
            on_behalf_of=event.on_behalf_of,
            reason=event.reason,
            counts=", ".join(self._count(effect) for effect in effects),
            flags=entry.flags,
            authority=event.authority,
            refs=refs_of(event.refs),
            corrected_by=entry.corrected_by,
        )

    def _count(self, effect: holdings.Effect) -> str:
        name = self._names.get(effect.unit, effect.unit)
        return f"{name} {quantity(effect.before)} \N{RIGHTWARDS ARROW} {quantity(effect.after)}"
