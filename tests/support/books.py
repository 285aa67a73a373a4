"""The books of one pool kept by hand: what each event says is added up, by rule 0 alone.

For logs of one pool in which nothing is dated back: of what has passed only the sum is kept, so
that the last hour of a long day is told as fast as the first.
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from ledger.log import StoredEvent

FAR = "9999-12-31T23:59:59.999999Z"


class _Leg(Struct, frozen=True):
    grant: str
    quantity: int
    advances: tuple["_Advance", ...] = ()
    ends: bool = False


class _Advance(Struct, frozen=True):
    position: int
    quantity: int


class _Data(Struct, frozen=True, rename={"grade": "class"}):
    """What the facts about quantities say, under the names of whichever of them it is."""

    grant: str = ""
    to_grant: str = ""
    unit: str = ""
    to_unit: str = ""
    quantity: int = 0
    total: int = 0
    ends_at: str | None = None
    grade: str = ""
    late: bool = False
    legs: tuple[_Leg, ...] = ()


class _Fact(Struct, frozen=True):
    topic: str
    position: int
    recorded_at: str
    effective_at: str
    leg: tuple[int, int]
    data: msgspec.Raw


class Level:
    """A sum over time from now on: what it is, and how it changes at instants ahead."""

    __slots__ = ("ahead", "now")

    def __init__(self) -> None:
        self.now = 0
        self.ahead: dict[str, int] = {}

    def add(self, at: str, quantity: int, now: str) -> None:
        """Raise it from an instant on, for good."""
        if at <= now:
            self.now += quantity
        else:
            self.ahead[at] = self.ahead.get(at, 0) + quantity

    def go_to(self, now: str) -> None:
        """Let time pass."""
        for at in [at for at in self.ahead if at <= now]:
            self.now += self.ahead.pop(at)

    def at(self, instant: str) -> int:
        """What it is at an instant that has not passed."""
        return self.now + sum(change for at, change in self.ahead.items() if at <= instant)

    def highest(self) -> int:
        """The most that it is at any instant from now on."""
        level = most = self.now
        for at in sorted(self.ahead):
            level += self.ahead[at]
            most = max(most, level)
        return most


class _Grant:
    """A grant as rule 0 sees it: start, end, first quantity, and what legs take from when on."""

    __slots__ = ("draws", "end", "grade", "quantity", "start", "unit")

    def __init__(self, fact: _Fact, unit: str, data: _Data) -> None:
        self.unit = unit
        self.grade = data.grade
        self.start = fact.effective_at
        self.end = data.ends_at or FAR
        self.quantity = data.quantity
        self.draws: dict[int, tuple[str, int]] = {}

    def changes(self) -> list[tuple[str, int]]:
        """How what it holds changes, by instant."""
        if self.start >= self.end:
            return []
        found = [(self.start, self.quantity)]
        found += [(at, -quantity) for at, quantity in self.draws.values() if at < self.end]
        return [*found, (self.end, -sum(quantity for _, quantity in found))]


class Books:
    """What is held of the pool from the last event on, in all and by each unit and class."""

    def __init__(self) -> None:
        self.position = 0
        self.now = ""
        self.capacity = 0
        self.held = Level()
        self._by_holder: defaultdict[tuple[str, str], Level] = defaultdict(Level)
        self._grants: dict[str, _Grant] = {}

    def take(self, stored: bytes) -> bool:
        """Add the next event; returns whether a decision ends with it."""
        fact = msgspec.json.decode(stored, type=_Fact)
        if fact.position != self.position + 1:
            raise ValueError(f"{fact.position} does not follow {self.position}")
        if fact.effective_at < fact.recorded_at and self._grants:
            raise ValueError(f"{fact.position} is dated back: these books cannot tell it")
        self.position = fact.position
        self._go_to(fact.recorded_at)
        match fact.topic:
            case "capacity-changed.v1":
                self.capacity = msgspec.json.decode(fact.data, type=_Data).total
            case "granted.v1":
                data = msgspec.json.decode(fact.data, type=_Data)
                self._make(data.grant, _Grant(fact, data.unit, data))
            case "reallocated.v1":
                data = msgspec.json.decode(fact.data, type=_Data)
                self._draw(fact, data)
                self._make(data.to_grant, _Grant(fact, data.to_unit, data))
            case "released.v1":
                data = msgspec.json.decode(fact.data, type=_Data)
                if not data.late:
                    self._draw(fact, data)
            case "extended.v1":
                data = msgspec.json.decode(fact.data, type=_Data)
                grant = self._grants[data.grant]
                self._count(grant, -1)
                grant.end = data.ends_at or FAR
                self._count(grant, 1)
            case _:
                pass
        return fact.leg[0] + 1 == fact.leg[1]

    def holders(self, at: str) -> dict[str, tuple[int, int]]:
        """(guaranteed, borrowed) of each unit that holds any at an instant not before now."""
        found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        for (unit, grade), level in self._by_holder.items():
            found[unit][grade == "borrowed"] += level.at(at)
        return {unit: (held[0], held[1]) for unit, held in sorted(found.items()) if any(held)}

    def _go_to(self, now: str) -> None:
        self.now = now
        self.held.go_to(now)
        for level in self._by_holder.values():
            level.go_to(now)

    def _make(self, name: str, grant: _Grant) -> None:
        self._grants[name] = grant
        self._count(grant, 1)

    def _draw(self, fact: _Fact, data: _Data) -> None:
        for leg in data.legs:
            grant = self._grants[leg.grant]
            self._count(grant, -1)
            for advance in leg.advances:
                at, quantity = grant.draws[advance.position]
                grant.draws[advance.position] = at, quantity - advance.quantity
            begins = max(fact.effective_at, grant.start)
            if leg.ends:
                grant.end = begins
            else:
                grant.draws[fact.position] = begins, leg.quantity
            self._count(grant, 1)

    def _count(self, grant: _Grant, sign: int) -> None:
        holder = self._by_holder[grant.unit, grant.grade]
        for at, quantity in grant.changes():
            self.held.add(at, sign * quantity, self.now)
            holder.add(at, sign * quantity, self.now)


def overcommitted(log: Sequence[StoredEvent]) -> list[int]:
    """Positions after which, at some instant from then on, more is held than there is."""
    books = Books()
    return [
        event.position
        for event in log
        if books.take(event.stored) and books.held.highest() > books.capacity
    ]


def fullest(log: Sequence[StoredEvent]) -> int:
    """The most that was held at the moment of any decision."""
    books = Books()
    return max(books.held.now for event in log if books.take(event.stored))
