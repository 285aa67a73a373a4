"""The hand that writes the story: each act is checked in the books and becomes a command."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from api.demo.books import FAR, Books, Held
from ledger.commands import (
    AnyCommand,
    Decision,
    Extend,
    Grant,
    OfGrant,
    Reallocate,
    Release,
    Single,
    Source,
)
from ledger.organising import ChangeCapacity
from ledger.periods import Instant, from_datetime
from ledger.terms import Command
from ledger.vocabulary import CapacityKind, ReasonCode, ReleaseKind

Asked = TypeVar("Asked", bound=Command)


class Spoken(Struct, frozen=True, kw_only=True):
    """What a person of the story said, and when the ledger is to hear it.

    `is_refused` marks the few asks that the ledger answers with a no, `waits` those that wait for
    a second person; `confirms` is the key of what this one confirms.
    """

    at: Instant
    by: str
    key: str
    command: AnyCommand
    is_refused: bool = False
    waits: bool = False
    confirms: str | None = None

    @property
    def status(self) -> int:
        """What the ledger is to answer with."""
        return 409 if self.is_refused else 202 if self.waits else 201


class Why(Struct, frozen=True, kw_only=True):
    """A reason as code and words, with who asked for it and a link."""

    code: ReasonCode
    words: str
    refs: tuple[str, ...] = ()
    on_behalf_of: str | None = None


FOUNDED: Final = 6
"""The last position of the founding: the root, four delegations, the first rules."""


class StoryBroken(Exception):
    """The story asks for what its own books do not allow: a bug of the generator."""


@dataclass(slots=True, kw_only=True)
class Author:
    """Keeps the books and the clock of the story, and numbers what is said.

    `position` is that of the last event, as every command but a decision records one.
    """

    rng: random.Random
    now: datetime
    books: Books = field(default_factory=Books)
    said: int = 0
    position: int = FOUNDED

    def say(
        self,
        by: str,
        command: AnyCommand,
        *,
        is_refused: bool = False,
        waits: bool = False,
        confirms: str | None = None,
    ) -> Spoken:
        """Say a command at the story's present instant."""
        self.said += 1
        if not is_refused:
            self.position += len(command.legs) if isinstance(command, Decision) else 1
        at = from_datetime(self.now)
        key = f"demo:{self.said}"
        return Spoken(
            at=at, by=by, key=key, command=command, is_refused=is_refused, waits=waits,
            confirms=confirms,
        )  # fmt: skip

    def uuid(self) -> str:
        """A new id that follows from the seed."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def capacity(
        self, pool: str, kind: CapacityKind, quantity: int, why: Why, at: datetime | None = None
    ) -> ChangeCapacity:
        """Capacity arrives, goes, is lost or comes back."""
        more = kind in ("installed", "restored")
        self.books.change_capacity(pool, at or self.now, quantity if more else -quantity)
        change = ChangeCapacity(pool=pool, kind=kind, quantity=quantity, effective_at=_dated(at))
        return because(change, why)

    def grant(
        self,
        pool: str,
        unit: str,
        quantity: int,
        why: Why,
        *,
        start: datetime | None = None,
        end: datetime = FAR,
        borrowed: bool = False,
    ) -> Grant:
        """A unit receives what is free for as long as it may keep it."""
        since = start or self.now
        if self.books.free(pool, since, end) < quantity:
            raise StoryBroken(f"{quantity} of {pool} are not free for {unit} at {since}")
        held = Held(
            grant=self.uuid(), pool=pool, unit=unit, quantity=quantity, start=since, end=end,
            borrowed=borrowed,
        )  # fmt: skip
        self.books.grants.append(held)
        ask = Grant(
            pool=pool, unit=unit, quantity=quantity, starts_at=_dated(start), ends_at=_ending(end),
            borrowed=borrowed, grant=held.grant,
        )  # fmt: skip
        return because(ask, why)

    def move(
        self,
        pool: str,
        source: str,
        to: str,
        quantity: int,
        *,
        why: Why,
        at: datetime | None = None,
        borrowed: bool = False,
    ) -> Reallocate:
        """Units pass from one unit to another: by holder when only open grants are there."""
        when = at or self.now
        if at is None and self.is_plain(source, pool):
            legs = self.books.drawn(source, pool, quantity, when)
            sources = (Source(unit=source, quantity=quantity),)
        else:
            legs = self._named(source, pool, quantity, when)
            sources = tuple(Source(grant=held.grant, quantity=took) for held, took in legs)
        moved = self._moved(pool, legs, sources, to=to, why=why, at=at)
        if borrowed:
            self.books.grants[-1].borrowed = True
            return replace(moved, borrowed=True)
        return moved

    def move_back(self, pool: str, held: Held, quantity: int, to: str, why: Why) -> Reallocate:
        """Part of one grant passes to a unit."""
        sources = (Source(grant=held.grant, quantity=quantity),)
        return self._moved(pool, [(held, quantity)], sources, to=to, why=why, at=None)

    def release(
        self,
        pool: str,
        unit: str,
        quantity: int,
        *,
        kind: ReleaseKind,
        why: Why,
        at: datetime | None = None,
    ) -> Release:
        """Units go back to the pool; dated ones name their grants."""
        when = at or self.now
        if at is None and self.is_plain(unit, pool):
            legs = self.books.drawn(unit, pool, quantity, when)
            ask = Release(pool=pool, unit=unit, quantity=quantity, kind=kind)
        else:
            legs = self._named(unit, pool, quantity, when)
            named = tuple(OfGrant(grant=held.grant, quantity=took) for held, took in legs)
            ask = Release(grants=named, kind=kind, effective_at=_dated(at))
        self._take(legs, quantity, when)
        return because(ask, why)

    def extend(self, held: Held, end: datetime, why: Why) -> Extend:
        """A grant's end moves to later, as far as that is free."""
        if self.books.free(held.pool, held.end, end) < held.left:
            raise StoryBroken(f"{held.grant} cannot stay until {end}")
        held.end = end
        return because(Extend(grant=held.grant, ends_at=_ending(end)), why)

    def decision(self, by: str, legs: Sequence[Single], why: Why) -> Spoken:
        """Say several commands as one act."""
        return self.say(by, because(Decision(legs=tuple(legs)), why))

    def is_plain(self, unit: str, pool: str) -> bool:
        """True when all that a unit holds of a pool is open and nothing of it is promised."""
        return all(
            held.end == FAR and all(when <= self.now for when, _ in held.takes)
            for held in self.books.grants
            if (held.unit, held.pool) == (unit, pool) and held.own(self.now)
        )

    def _named(self, unit: str, pool: str, quantity: int, at: datetime) -> list[tuple[Held, int]]:
        """Open grants of a unit that give a quantity at an instant, the largest first."""
        legs: list[tuple[Held, int]] = []
        rest = quantity
        open_ones = [held for held in self.books.of(unit, pool, at) if held.end == FAR]
        for held in sorted(open_ones, key=lambda held: (-held.left, held.grant)):
            took = min(held.left, rest)
            if took and held.start <= self.now:
                legs.append((held, took))
                rest -= took
        return legs

    def _moved(
        self,
        pool: str,
        legs: Sequence[tuple[Held, int]],
        sources: tuple[Source, ...],
        *,
        to: str,
        why: Why,
        at: datetime | None,
    ) -> Reallocate:
        quantity = sum(took for _, took in legs)
        self._take(legs, quantity, at or self.now)
        held = Held(grant=self.uuid(), pool=pool, unit=to, quantity=quantity, start=at or self.now)
        self.books.grants.append(held)
        ask = Reallocate(pool=pool, sources=sources, to=to, starts_at=_dated(at), grant=held.grant)
        return because(ask, why)

    def _take(self, legs: Sequence[tuple[Held, int]], quantity: int, at: datetime) -> None:
        if sum(took for _, took in legs) != quantity or quantity <= 0:
            raise StoryBroken(f"{quantity} cannot be taken from {legs} at {at}")
        for held, took in legs:
            held.takes.append((at, took))


def because(command: Asked, why: Why) -> Asked:
    """The command with its reason."""
    return replace(
        command, reason_code=why.code, reason=why.words, refs=why.refs,
        on_behalf_of=why.on_behalf_of,
    )  # fmt: skip


def _dated(at: datetime | None) -> Instant | None:
    return None if at is None else from_datetime(at)


def _ending(end: datetime) -> Instant | None:
    return None if end == FAR else from_datetime(end)
