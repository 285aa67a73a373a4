"""Facts about grants folded into rows: what each has in hand, in both clocks (domain, rule 0)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Final

from ledger.events import Corrected, Event, Extended, Granted, Reallocated, Released
from ledger.facts import Leg
from ledger.periods import Instant, from_micros
from ledger.sayings import grants_said, sayings
from projections.holdings.book import Book, Place, end_of
from projections.holdings.correcting import renew
from projections.holdings.effects import Effects
from projections.holdings.levels import Level
from projections.holdings.naming import places_named
from projections.holdings.recall import (
    recalled_effects,
    recalled_facts,
    recalled_families,
    recalled_levels,
    recalled_sums,
    recalled_turns,
)
from projections.holdings.shifts import EVERY, Shifts
from projections.holdings.standing import GIVEN, LOANED, MOVED_IN, MOVED_OUT, RELEASED, Standing
from projections.naming import grants_missing
from projections.sheets import EPOCH_2000_US, Changes, micros_2000
from projections.statements import Connection

GRANTS_KEPT: Final = 200_000
"""Grants held in memory; beyond, those that are over are let go, and read back when named again."""

Touch = tuple[Level, Instant, int]


class HoldingsFold:
    """Folds grants, releases, moves, loans, ends and their corrections; nothing else moves."""

    def __init__(self, is_empty: bool, kept: int = GRANTS_KEPT, every: int = EVERY) -> None:
        self._kept = kept
        self._now = 0
        self._shifts = Shifts(every)
        self._book = Book(self._shifts)
        self._effects = Effects()
        self._facts: dict[str, list[Event]] = {}
        self._has_grants = is_empty
        self._has_levels = is_empty
        self._has_effects = is_empty
        self._has_sums = is_empty
        self._has_turns = is_empty

    def lacks(self, events: Sequence[Event]) -> bool:
        """Whether grants, levels or effects that these events build on are not in memory.

        What a correction builds on stands in the log.
        """
        if not events:
            return False
        return (
            not (self._has_effects and self._has_sums)
            or self._are_turns_due(events)
            or any(type(event) is Corrected for event in events)
            or bool(self._grants_missing(events))
            or bool(self._places_missing(events))
        )

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back the grants that these events are about, and what units have in hand.

        For corrections also the facts about the grants concerned, from the log.
        """
        if not events:
            return
        if not self._has_effects:
            self._has_effects = True
            recalled_effects(connection, self._effects, events[0].position)
        if not self._has_sums:
            self._has_sums = True
            recalled_sums(connection, self._shifts)
        if self._are_turns_due(events):
            self._has_turns = True
            recalled_turns(connection, self._shifts)
        book = self._book
        recalled = set(book.levels)
        recalled_families(connection, self._grants_missing(events), book)
        if not self._has_levels:
            # With the grants come levels of others, which they are given out of.
            places = self._places_missing(events) | (book.levels.keys() - recalled)
            recalled_levels(connection, places, book.level)
        self._facts = recalled_facts(connection, events, book)

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        fold = self._FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)
        self._shifts.take(event)

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        is_full = len(self._book.standing) > self._kept
        # Who is read back later is read from the table, so that everything has to be there.
        changes = (
            *self._book.rows.drain(settled=settled and not is_full),
            self._effects.drain(settled=settled),
            *self._shifts.drain(),
        )
        if is_full:
            self._let_go()
        return changes

    def _let_go(self) -> None:
        """Keep the grants that still have something in hand, unless there are too many of them."""
        self._has_grants = False
        standing = {
            name: grant
            for name, grant in self._book.standing.items()
            if grant.over() > self._now and grant.lender is None and not grant.loans
        }
        self._book.standing = {} if len(standing) > self._kept // 2 else standing

    def _granted(self, event: Granted) -> None:
        made = event.data
        level = self._book.level(made.pool, made.unit)
        at = self._now = micros_2000(event.effective_at)
        before = level.at(at)
        grant = self._make(event, made.grant, level, GIVEN, made.quantity)
        after = before + made.quantity if at < grant.end else before
        self._effects.add((event.position, made.pool, made.unit, event.effective_at, before, after))

    def _released(self, event: Released) -> None:
        given = event.data
        at = self._now = micros_2000(event.effective_at)
        if given.late:
            touches = [
                (self._book.level(given.pool, leg.unit), event.effective_at, at)
                for leg in given.legs
            ]
            for leg in given.legs:
                grant = self._book.standing[leg.grant]
                grant.told = (*grant.told, event.position)
            self._tell(event.position, touches, _values(touches))
            return
        touches = self._touched(event, at)
        before = _values(touches)
        for leg in given.legs:
            self._book.take(event, at, leg, RELEASED)
        self._tell(event.position, touches, before)

    def _reallocated(self, event: Reallocated) -> None:
        moved = event.data
        at = self._now = micros_2000(event.effective_at)
        touches = self._touched(event, at)
        level = self._book.level(moved.pool, moved.to_unit)
        touches.append((level, event.effective_at, at))
        before = _values(touches)
        if moved.loan:
            loan = self._make(event, moved.to_grant, level, LOANED, moved.quantity)
            loan.lender = moved.legs[0].grant
            lender = self._book.standing[loan.lender]
            lender.loans = (*lender.loans, loan.name)
            self._book.mirror(loan, event.position)
        else:
            for leg in moved.legs:
                self._book.take(event, at, leg, MOVED_OUT)
            self._make(event, moved.to_grant, level, MOVED_IN, moved.quantity)
        self._tell(event.position, touches, before)

    def _extended(self, event: Extended) -> None:
        grant = self._book.standing[event.data.grant]
        end, end_at = end_of(event.data.ends_at)
        self._now = micros_2000(event.effective_at)
        at, instant = (end_at, end) if end <= grant.end else (grant.end_at, grant.end)
        touches = [(one, at, instant) for one in self._levels_of(grant)]
        before = _values(touches)
        self._book.end(grant, end, end_at, event.position, ended=grant.ended)
        self._tell(event.position, touches, before)

    def _corrected(self, event: Corrected) -> None:
        fact = event.data
        was, now = sayings(fact)
        said = now or was
        names = grants_said(was, now)
        if said is None or not names:
            return
        self._now = micros_2000(event.effective_at)
        places = {self._book.level(*place) for place in places_named(event)}
        standing = [self._book.standing[name] for name in names if name in self._book.standing]
        before = {
            level: level.copy()
            for level in (*places, *(level for one in standing for level in self._levels_of(one)))
        }
        renew(self._book, self._facts, names, event.position)
        for level, old in sorted(before.items(), key=lambda one: (one[0].pool, one[0].unit)):
            at = level.differs_from(old)
            if at is not None:
                instant = from_micros(at + EPOCH_2000_US)
                told = (level.pool, level.unit, instant, old.at(at), level.at(at))
                self._effects.add((event.position, *told))

    def _make(
        self, event: Granted | Reallocated, name: str, level: Level, kind: int, quantity: int
    ) -> Standing:
        start = self._now
        end, end_at = end_of(event.data.ends_at)
        grant = Standing(
            name, level, event.data.grant_class, kind, start, event.effective_at, end, end_at,
            quantity, quantity, event.position, 0, max(start, end), False, [],
        )  # fmt: skip
        self._book.open(grant)
        return grant

    def _touched(self, event: Released | Reallocated, at: int) -> list[Touch]:
        found: list[Touch] = []
        for leg in event.data.legs:
            grant = self._grant_of(leg, event.data.pool)
            is_early = at < grant.start
            when = (grant.start_at, grant.start) if is_early else (event.effective_at, at)
            found += [(level, *when) for level in self._levels_of(grant)]
        return found

    def _grant_of(self, leg: Leg, pool: str) -> Standing:
        grant = self._book.standing[leg.grant]
        if grant.level.unit != leg.unit or grant.level.pool != pool:
            raise ValueError(f"grant {leg.grant} is not of {leg.unit} in {pool}")
        return grant

    def _levels_of(self, grant: Standing) -> tuple[Level, ...]:
        """Whose holdings change with a grant: its unit's, and of a loan the lender's."""
        if grant.lender is None:
            return (grant.level,)
        return grant.level, self._book.standing[grant.lender].level

    def _tell(self, position: int, touches: Sequence[Touch], before: Sequence[int]) -> None:
        add = self._effects.add
        told: list[Touch] = []
        for touch, was in zip(touches, before, strict=True):
            if touch not in told:
                told.append(touch)
                level, at, instant = touch
                add((position, level.pool, level.unit, at, was, level.at(instant)))

    def _are_turns_due(self, events: Sequence[Event]) -> bool:
        return not self._has_turns and events[-1].position >= self._shifts.due

    def _grants_missing(self, events: Sequence[Event]) -> list[str]:
        return [] if self._has_grants else grants_missing(events, self._book.standing)

    def _places_missing(self, events: Sequence[Event]) -> set[Place]:
        if self._has_levels:
            return set()
        return {
            place for event in events for place in self._places(event)
        } - self._book.levels.keys()

    def _places(self, event: Event) -> Iterable[Place]:
        if type(event) is Extended:
            grant = self._book.standing.get(event.data.grant)
            return () if grant is None else ((grant.level.pool, grant.level.unit),)
        return places_named(event)

    # Of the class: a fold that held methods of its own would hold itself, and stay in memory.
    _FOLDS: ClassVar[Mapping[type, Callable[..., None]]] = {
        Granted: _granted,
        Released: _released,
        Reallocated: _reallocated,
        Extended: _extended,
        Corrected: _corrected,
    }


def _values(touches: Sequence[Touch]) -> list[int]:
    return [level.at(instant) for level, _, instant in touches]
