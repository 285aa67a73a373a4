"""Facts about grants folded into rows: what each has in hand, in both clocks (domain, rule 0)."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from ledger.events import Event, Extended, Granted, Reallocated, Released
from ledger.facts import Leg
from ledger.periods import Instant, open_end
from projections.holdings.effects import Effects
from projections.holdings.levels import Level
from projections.holdings.naming import grants_missing, places_named
from projections.holdings.recall import recalled_effects, recalled_grants, recalled_levels
from projections.holdings.rows import Rows
from projections.holdings.standing import (
    GIVEN,
    MOVED_IN,
    MOVED_OUT,
    RELEASED,
    Draw,
    Standing,
)
from projections.sheets import Changes, micros_2000
from projections.statements import Connection

GRANTS_KEPT: Final = 200_000
"""Grants held in memory; beyond, those that are over are let go, and read back when named again."""

SPARE_US: Final = 31 * 24 * 3_600_000_000
"""A grant of which nothing is left so long before its end has its rows ended early."""

Place = tuple[str, str]
Touch = tuple[Level, Instant, int]


class HoldingsFold:
    """Folds grants, releases, reallocations and extensions; other facts move nothing."""

    def __init__(self, is_empty: bool, kept: int = GRANTS_KEPT) -> None:
        self._kept = kept
        self._now = 0
        self._rows = Rows()
        self._effects = Effects()
        self._standing: dict[str, Standing] = {}
        self._levels: dict[Place, Level] = {}
        self._has_grants = is_empty
        self._has_levels = is_empty
        self._has_effects = is_empty
        self._folds: dict[type, Callable[[Any], None]] = {
            Granted: self._granted,
            Released: self._released,
            Reallocated: self._reallocated,
            Extended: self._extended,
        }

    @property
    def is_whole(self) -> bool:
        """Whether all grants, levels and effects that events build on are in memory."""
        return self._has_grants and self._has_levels and self._has_effects

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back the grants that these events take from or extend, and the units' levels."""
        if not events:
            return
        if not self._has_effects:
            self._has_effects = True
            recalled_effects(connection, self._effects, events[0].position)
        recalled = set(self._levels)
        if not self._has_grants:
            wanted = grants_missing(events, self._standing)
            self._standing |= recalled_grants(connection, wanted, self._level)
        if not self._has_levels:
            places = {place for event in events for place in self._places(event)}
            recalled_levels(connection, (places | self._levels.keys()) - recalled, self._level)

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event)

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        is_full = len(self._standing) > self._kept
        # Who is read back later is read from the table, so that everything has to be there.
        changes = (
            self._rows.drain(settled=settled and not is_full),
            self._effects.drain(settled=settled),
        )
        if is_full:
            self._let_go()
        return changes

    def _let_go(self) -> None:
        """Keep the grants that still have something in hand, unless there are too many of them."""
        self._has_grants = False
        self._standing = {
            name: grant for name, grant in self._standing.items() if grant.over() > self._now
        }
        if len(self._standing) > self._kept // 2:
            self._standing.clear()

    def _granted(self, event: Granted) -> None:
        made = event.data
        level = self._level(made.pool, made.unit)
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
                (self._level(given.pool, leg.unit), event.effective_at, at) for leg in given.legs
            ]
            self._tell(event.position, touches, _values(touches))
            return
        touches = self._touched(event, at)
        before = _values(touches)
        for leg in given.legs:
            self._take(event, at, leg, RELEASED, None)
        self._tell(event.position, touches, before)

    def _reallocated(self, event: Reallocated) -> None:
        moved = event.data
        at = self._now = micros_2000(event.effective_at)
        touches = self._touched(event, at)
        level = self._level(moved.pool, moved.to_unit)
        touches.append((level, event.effective_at, at))
        before = _values(touches)
        for leg in moved.legs:
            self._take(event, at, leg, MOVED_OUT, moved.to_unit)
        self._make(event, moved.to_grant, level, MOVED_IN, moved.quantity)
        self._tell(event.position, touches, before)

    def _extended(self, event: Extended) -> None:
        grant = self._standing[event.data.grant]
        end_at = open_end(event.data.ends_at)
        end = micros_2000(end_at)
        self._now = micros_2000(event.effective_at)
        was_end_at = grant.end_at
        touch = (
            (grant.level, end_at, end) if end <= grant.end else (grant.level, was_end_at, grant.end)
        )
        before = _values([touch])
        self._end(grant, end, end_at, event.position, ended=grant.ended)
        self._tell(event.position, [touch], before)

    def _make(
        self, event: Granted | Reallocated, name: str, level: Level, kind: int, quantity: int
    ) -> Standing:
        if name in self._standing:
            raise ValueError(f"grant {name} is made twice")
        position, start = event.position, self._now
        end_at = open_end(event.data.ends_at)
        end = micros_2000(end_at)
        until = max(start, end)
        grant = self._standing[name] = Standing(
            name, level, event.data.grant_class, kind, start, event.effective_at, end, end_at,
            quantity, quantity, position, 0, until, False, [],
        )  # fmt: skip
        grant.row = self._rows.add((grant, None), position)
        if start < end:
            level.change(start, quantity)
            level.change(end, -quantity)
        return grant

    def _take(
        self, event: Released | Reallocated, at: int, leg: Leg, kind: int, to_unit: str | None
    ) -> None:
        grant = self._standing[leg.grant]
        position = event.position
        is_early = at < grant.start
        if leg.ends:
            end_at = grant.start_at if is_early else event.effective_at
            end = grant.start if is_early else at
            self._end(grant, end, end_at, position, ended=True)
            return
        for advance in leg.advances:
            self._advance(grant, advance.position, advance.quantity, position)
        start = grant.start if is_early else at
        until = max(start, grant.until)
        draw = Draw(0, kind, -leg.quantity, start, until, position, to_unit)
        grant.draw(draw)
        self._add(grant, draw, position)
        if start < grant.end:
            grant.left -= leg.quantity
            if grant.left <= 0:
                grant.weigh()
                self._cut(grant, position)

    def _advance(self, grant: Standing, scheduled: int, quantity: int, position: int) -> None:
        left = quantity
        for draw in tuple(grant.draws):
            taken = min(left, -draw.quantity)
            if draw.made != scheduled or draw.kind != RELEASED or not taken:
                continue
            self._remove(grant, draw, position)
            draw.quantity += taken
            if draw.quantity:
                self._add(grant, draw, position)
            else:
                grant.draws.remove(draw)
            left -= taken
        if left:
            raise ValueError(
                f"{quantity} of grant {grant.name} are advanced of the release at {scheduled}, "
                f"which has {quantity - left}"
            )
        grant.weigh()

    def _end(
        self, grant: Standing, end: int, end_at: Instant, position: int, *, ended: bool
    ) -> None:
        """Give a grant another end. Its rows say when it ends, so that all are made anew."""
        parts = [None, *grant.draws]
        for draw in parts:
            self._remove(grant, draw, position)
        grant.end, grant.end_at, grant.ended = end, end_at, ended
        grant.weigh()
        for draw, until in grant.lengths(_until(grant)):
            if draw is None:
                grant.until = until
            else:
                draw.until = until
            self._add(grant, draw, position)

    def _cut(self, grant: Standing, position: int) -> None:
        """End the rows of a grant of which nothing is left, if that is long before its end."""
        for draw, until in grant.lengths(_until(grant)):
            part = grant if draw is None else draw
            if until != part.until:
                self._remove(grant, draw, position)
                part.until = until
                self._add(grant, draw, position)

    def _add(self, grant: Standing, draw: Draw | None, position: int) -> None:
        part = grant if draw is None else draw
        part.row = self._rows.add((grant, draw), position)
        if part.start < part.until:
            quantity = grant.first if draw is None else draw.quantity
            grant.level.change(part.start, quantity)
            grant.level.change(part.until, -quantity)

    def _remove(self, grant: Standing, draw: Draw | None, position: int) -> None:
        part = grant if draw is None else draw
        self._rows.close(part.row, position)
        if part.start < part.until:
            quantity = grant.first if draw is None else draw.quantity
            grant.level.change(part.start, -quantity)
            grant.level.change(part.until, quantity)

    def _touched(self, event: Released | Reallocated, at: int) -> list[Touch]:
        found: list[Touch] = []
        for leg in event.data.legs:
            grant = self._standing[leg.grant]
            level = grant.level
            if level.unit != leg.unit or level.pool != event.data.pool:
                raise ValueError(f"grant {leg.grant} is not of {leg.unit} in {event.data.pool}")
            if at < grant.start:
                found.append((level, grant.start_at, grant.start))
            else:
                found.append((level, event.effective_at, at))
        return found

    def _tell(self, position: int, touches: Sequence[Touch], before: Sequence[int]) -> None:
        add = self._effects.add
        told: list[Touch] = []
        for touch, was in zip(touches, before, strict=True):
            if touch not in told:
                told.append(touch)
                level, at, instant = touch
                add((position, level.pool, level.unit, at, was, level.at(instant)))

    def _level(self, pool: str, unit: str) -> Level:
        level = self._levels.get((pool, unit))
        if level is None:
            level = self._levels[pool, unit] = Level(pool, unit)
        return level

    def _places(self, event: Event) -> Iterable[Place]:
        if type(event) is Extended:
            grant = self._standing.get(event.data.grant)
            return () if grant is None else ((grant.level.pool, grant.level.unit),)
        return places_named(event)


def _until(grant: Standing) -> int:
    """Where the rows of a grant end: at its end, unless nothing is left long before."""
    over = grant.over()
    return over if grant.end - over > SPARE_US else grant.end


def _values(touches: Sequence[Touch]) -> list[int]:
    return [level.at(instant) for level, _, instant in touches]
