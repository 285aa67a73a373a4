"""Facts about grants folded into rows: what each has in hand, in both clocks (domain, rule 0)."""

from collections.abc import Iterable, Sequence
from typing import Final, cast

from msgspec.structs import replace

from ledger.events import Event, Extended, Granted, Leg, Reallocated, Released
from ledger.periods import BEGINNING, Instant, open_end
from projections.holdings.forks import fork, fork_of_hours
from projections.holdings.levels import Level
from projections.holdings.recall import recalled_grants, recalled_levels
from projections.holdings.standing import Draw, Standing
from projections.sheets import OPEN, Cells, Changes, Sheet
from projections.statements import Connection

GRANTS_KEPT: Final = 200_000
"""Grants held in memory; beyond, those that are over are let go, and read back when named again."""

Place = tuple[str, str]
Touch = tuple[str, str, Instant]


class Forked(Sheet):
    """A sheet whose rows say, last of all, at which fork they are found."""

    def drain(self) -> Changes:
        """Hand over what was collected, each row with its fork."""
        changes = super().drain()
        return replace(changes, rows=[(*row, _fork(row)) for row in changes.rows])


def _fork(row: Cells) -> int:
    start, end, known_from, known_to = cast("tuple[Instant, Instant, int, int]", row[-4:])
    if known_to == OPEN:
        return fork_of_hours(start, end)
    return fork(known_from, known_to - 1)


class HoldingsFold:
    """Folds grants, releases, reallocations and extensions; other facts move nothing."""

    def __init__(self, is_empty: bool, kept: int = GRANTS_KEPT) -> None:
        self._kept = kept
        self._now = BEGINNING
        self._holdings = Forked("holdings")
        self._grants = Sheet("grants")
        self._draws = Sheet("draws")
        self._effects: list[tuple[int, str, str, Instant, int, int]] = []
        self._standing: dict[str, Standing] = {}
        self._levels: dict[Place, Level] = {}
        self._has_grants = is_empty
        self._has_levels = is_empty

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back the grants that these events take from or extend, and the units' levels."""
        if not self._has_grants:
            named = {name for event in events for name in grants_named(event)}
            made = {name for event in events if (name := grant_made(event)) is not None}
            wanted = named - made - self._standing.keys()
            self._standing |= recalled_grants(connection, sorted(wanted))
        if not self._has_levels:
            places = {place for event in events for place in self._places(event)}
            missing = places - self._levels.keys()
            self._levels |= recalled_levels(connection, missing)

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        self._now = event.effective_at
        match event:
            case Granted(data=made):
                touches = [(made.pool, made.unit, event.effective_at)]
                before = self._values(touches)
                self._make(event, made.grant, made.unit, made.quantity, moved=False)
                self._record(event.position, touches, before)
            case Released(data=given) if given.late:
                touches = [(given.pool, leg.unit, event.effective_at) for leg in given.legs]
                self._record(event.position, touches, self._values(touches))
            case Released(data=given):
                touches = self._touched(event, given.legs)
                before = self._values(touches)
                for leg in given.legs:
                    self._take(event, leg, None)
                self._record(event.position, touches, before)
            case Reallocated(data=moved):
                touches = self._touched(event, moved.legs)
                touches.append((moved.pool, moved.to_unit, event.effective_at))
                before = self._values(touches)
                for leg in moved.legs:
                    self._take(event, leg, moved.to_unit)
                self._make(event, moved.to_grant, moved.to_unit, moved.quantity, moved=True)
                self._record(event.position, touches, before)
            case Extended(data=extension):
                self._extend(event, extension.grant, open_end(extension.ends_at))
            case _:
                pass

    def drain(self) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        effects = Changes("effects", tuple(self._effects), ())
        self._effects = []
        if len(self._standing) > self._kept:
            self._let_go()
        return (self._holdings.drain(), self._grants.drain(), self._draws.drain(), effects)

    def _let_go(self) -> None:
        """Keep the grants that still have something in hand, unless there are too many of them."""
        self._has_grants = False
        self._standing = {
            name: grant for name, grant in self._standing.items() if grant.holds_after(self._now)
        }
        if len(self._standing) > self._kept // 2:
            self._standing.clear()

    def _make(
        self, event: Granted | Reallocated, name: str, unit: str, quantity: int, *, moved: bool
    ) -> None:
        if name in self._standing:
            raise ValueError(f"grant {name} is made twice")
        grant = Standing(
            grant=name,
            pool=event.data.pool,
            unit=unit,
            grant_class=event.data.grant_class,
            start=event.effective_at,
            end=open_end(event.data.ends_at),
            first=quantity,
            moved=moved,
            made=event.position,
        )
        self._standing[name] = grant
        grant.grant_row = self._grants.add(event.position, grant.cells())
        self._restate(grant, grant.start, event.position)

    def _take(self, event: Released | Reallocated, leg: Leg, to_unit: str | None) -> None:
        grant = self._standing[leg.grant]
        position = event.position
        at = max(event.effective_at, grant.start)
        if leg.ends:
            self._end(grant, at, position, ended=True)
            return
        for advance in leg.advances:
            self._advance(grant, advance.position, advance.quantity, position)
        cells = (grant.grant, grant.pool, grant.unit, at, leg.quantity, position, to_unit)
        row = self._draws.add(position, cells)
        grant.draw(Draw(at, leg.quantity, position, to_unit, row))
        self._restate(grant, at, position)

    def _advance(self, grant: Standing, scheduled: int, quantity: int, position: int) -> None:
        left = quantity
        for place, draw in enumerate(grant.draws):
            taken = min(left, draw.quantity)
            if draw.position != scheduled or draw.to_unit is not None or not taken:
                continue
            self._draws.close(draw.row, position)
            rest = draw.quantity - taken
            cells = (grant.grant, grant.pool, grant.unit, draw.at, rest, scheduled, None)
            row = self._draws.add(position, cells)
            grant.draws[place] = Draw(draw.at, rest, scheduled, None, row)
            left -= taken
        if left:
            raise ValueError(
                f"{quantity} of grant {grant.grant} are advanced of the release at {scheduled}, "
                f"which has {quantity - left}"
            )

    def _extend(self, event: Extended, name: str, end: Instant) -> None:
        grant = self._standing[name]
        touches = [(grant.pool, grant.unit, min(end, grant.end))]
        before = self._values(touches)
        self._end(grant, end, event.position, ended=grant.ended)
        self._record(event.position, touches, before)

    def _end(self, grant: Standing, end: Instant, position: int, *, ended: bool) -> None:
        since = min(end, grant.end)
        grant.end = end
        grant.ended = ended
        self._grants.close(grant.grant_row, position)
        grant.grant_row = self._grants.add(position, grant.cells())
        self._restate(grant, since, position)

    def _restate(self, grant: Standing, since: Instant, position: int) -> None:
        """Bring a grant's rows up to date; nothing changed before `since`."""
        kept = [row for row in grant.rows if row[1][6] < since]
        old = grant.rows[len(kept) :]
        wanted = grant.pieces()[len(kept) :]
        new = self._holdings.restate(old, wanted, position)
        grant.rows = kept + new
        level = self._level((grant.pool, grant.unit))
        for sign, rows in ((-1, old), (1, new)):
            for _, cells in rows:
                level.add(max(cells[5], since), cells[6], sign * cells[4])

    def _touched(self, event: Released | Reallocated, legs: Iterable[Leg]) -> list[Touch]:
        found: list[Touch] = []
        for leg in legs:
            grant = self._standing[leg.grant]
            if grant.unit != leg.unit or grant.pool != event.data.pool:
                raise ValueError(f"grant {leg.grant} is not of {leg.unit} in {event.data.pool}")
            found.append((grant.pool, grant.unit, max(event.effective_at, grant.start)))
        return found

    def _values(self, touches: Iterable[Touch]) -> dict[Touch, int]:
        return {one: self._level(one[:2]).at(one[2]) for one in touches}

    def _record(self, position: int, touches: list[Touch], before: dict[Touch, int]) -> None:
        after = self._values(touches)
        for touch in dict.fromkeys(touches):
            pool, unit, at = touch
            self._effects.append((position, pool, unit, at, before[touch], after[touch]))

    def _level(self, place: Place) -> Level:
        level = self._levels.get(place)
        if level is None:
            level = self._levels[place] = Level()
        return level

    def _places(self, event: Event) -> Iterable[Place]:
        match event:
            case Granted(data=made):
                yield made.pool, made.unit
            case Released(data=given):
                yield from ((given.pool, leg.unit) for leg in given.legs)
            case Reallocated(data=moved):
                yield from ((moved.pool, leg.unit) for leg in moved.legs)
                yield moved.pool, moved.to_unit
            case Extended(data=extension):
                grant = self._standing.get(extension.grant)
                if grant is not None:
                    yield grant.pool, grant.unit
            case _:
                pass


def grants_named(event: Event) -> Iterable[str]:
    """The grants that an event builds on."""
    match event:
        case Released(data=given):
            return [leg.grant for leg in given.legs]
        case Reallocated(data=moved):
            return [leg.grant for leg in moved.legs]
        case Extended(data=extension):
            return [extension.grant]
        case _:
            return ()


def grant_made(event: Event) -> str | None:
    """The grant that an event makes."""
    match event:
        case Granted(data=made):
            return made.grant
        case Reallocated(data=moved):
            return moved.to_grant
        case _:
            return None
