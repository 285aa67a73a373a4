"""The story's own plain books, so that it asks only for what the ledger will allow.

They are written differently from the ledger on purpose: a full fold at every question.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, datetime

FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Held:
    """One grant and what was, or is to be, taken from it."""

    grant: str
    pool: str
    unit: str
    quantity: int
    start: datetime
    end: datetime = FAR
    borrowed: bool = False
    takes: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])

    def own(self, at: datetime) -> int:
        """What the grant holds at an instant."""
        if not self.start <= at < self.end:
            return 0
        return self.quantity - sum(took for when, took in self.takes if when <= at)

    @property
    def left(self) -> int:
        """What can still be taken for good: all that no other date takes."""
        return self.quantity - sum(took for when, took in self.takes if when < self.end)

    @property
    def is_plain(self) -> bool:
        """True when it is open and has no date ahead or behind."""
        return self.end == FAR and not self.takes


@dataclass(slots=True, kw_only=True)
class Books:
    """Capacity and grants of all pools."""

    capacity: dict[str, list[tuple[datetime, int]]] = field(
        default_factory=dict[str, list[tuple[datetime, int]]]
    )
    grants: list[Held] = field(default_factory=list[Held])

    def change_capacity(self, pool: str, at: datetime, by: int) -> None:
        """So much more, or less, from an instant on."""
        self.capacity.setdefault(pool, []).append((at, by))

    def free(self, pool: str, since: datetime, until: datetime = FAR) -> int:
        """The least that is free at any instant of [since, until); below zero: overcommitted."""
        grants = [held for held in self.grants if held.pool == pool and held.end > since]
        instants = {since} | {when for when, _ in self.capacity.get(pool, ())}
        for held in grants:
            instants |= {held.start, held.end} | {when for when, _ in held.takes}
        asked = [at for at in instants if since <= at < until]
        return min(
            sum(by for when, by in self.capacity.get(pool, ()) if when <= at)
            - sum(held.own(at) for held in grants)
            for at in asked
        )

    def title(self, pool: str, units: Container[str], since: datetime, until: datetime) -> int:
        """The most that guaranteed grants of these units own at any instant of [since, until)."""
        grants = [
            held
            for held in self.grants
            if held.pool == pool and held.unit in units and held.end > since and not held.borrowed
        ]
        instants = {since, *(held.start for held in grants)}
        return max(sum(held.own(at) for held in grants) for at in instants if since <= at < until)

    def of(self, unit: str, pool: str, at: datetime) -> list[Held]:
        """The live grants of a unit from which something can be taken at an instant."""
        return [
            held
            for held in self.grants
            if held.unit == unit
            and held.pool == pool
            and held.start <= at < held.end
            and held.left > 0
        ]

    def in_hand(self, unit: str, pool: str, at: datetime) -> int:
        """What can be taken from a unit at an instant."""
        return sum(held.left for held in self.of(unit, pool, at))

    def drawn(self, unit: str, pool: str, quantity: int, at: datetime) -> list[tuple[Held, int]]:
        """How a quantity is drawn by holder: borrowed first, latest start first, then by id."""
        order = sorted(self.of(unit, pool, at), key=lambda held: held.grant)
        order.sort(key=lambda held: held.start, reverse=True)
        order.sort(key=lambda held: held.borrowed, reverse=True)
        legs: list[tuple[Held, int]] = []
        for held in order:
            took = min(held.left, quantity)
            if took:
                legs.append((held, took))
                quantity -= took
        return legs

    def forget(self, before: datetime) -> None:
        """Drop grants that hold nothing any more, for speed."""
        self.grants = [
            held for held in self.grants if held.end > before and (held.left or held.own(before))
        ]
