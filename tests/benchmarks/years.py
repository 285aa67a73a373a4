"""Two years of an invented organisation as a log of any length, judged by the pure core.

Every event is decided as in earnest, only the queue is missing: time and ids come from a seed.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from ledger.answers import answer
from ledger.asks import Ask, Stamp
from ledger.commands import (
    AnyCommand,
    ChangeCapacity,
    CreateUnit,
    Extend,
    Grant,
    Note,
    OfGrant,
    OpenPool,
    Reallocate,
    Release,
    Source,
    Subject,
)
from ledger.log import StoredEvent
from ledger.periods import Instant, from_datetime, to_datetime
from ledger.records import GrantRecord
from ledger.state import State
from tests.benchmarks.moving import FOUNDER, VIA

START = datetime(2024, 1, 1, tzinfo=UTC)
LONG = timedelta(days=730)
DIVISIONS = 8
TEAMS_EACH = 25
POOLS = tuple(f"site-{site}/{kind}" for site in ("a", "b", "c") for kind in ("h100", "b200"))
FINISHED = "The project ended; its people move on"
NEEDED = "Agreed in the weekly review: the training run starts on Monday"


class Years:
    """Writes the log from a founded state on."""

    def __init__(self, state: State, events: int, seed: int = 1) -> None:
        """Take the state after founding, and about how many events there shall be."""
        self.state = state
        self._rng = random.Random(seed)
        self._events = events
        self._now = START
        self._step = LONG / events
        self.units = [
            f"division-{d}/team-{t:02}" for d in range(DIVISIONS) for t in range(TEAMS_EACH)
        ]
        self._live: list[str] = []
        self._asked = 0

    def write(self) -> Iterator[StoredEvent]:
        """The events, one after the other. What the ledger refuses leaves none."""
        for command in self._furnishing():
            yield from self._decide(command)
        while self.state.position < self._events:
            yield from self._decide(self._next())

    def _decide(self, command: AnyCommand) -> tuple[StoredEvent, ...]:
        self._asked += 1
        self._now += self._step
        key = f"years:{self._asked}"
        ask = Ask(
            command=command, by=FOUNDER, via=VIA, key=key, fingerprint=sha256(key.encode()).digest()
        )
        stamp = Stamp(recorded_at=from_datetime(self._now), seed=self._seed())
        given = answer(self.state, ask, stamp)
        if given.status == 201 and isinstance(command, Grant | Reallocate) and command.grant:
            self._live.append(command.grant)
        return given.events

    def _seed(self) -> str:
        """A uuid7 (RFC 9562, section 5.7) of now whose low 16 bits are zero."""
        ms = int(self._now.timestamp() * 1000)
        bits = self._rng.getrandbits(62) & ~0xFFFF
        return str(UUID(int=ms << 80 | 7 << 76 | self._rng.getrandbits(12) << 64 | 2 << 62 | bits))

    def _furnishing(self) -> Iterator[AnyCommand]:
        # About what is granted in forty days, so that the pools are nearly always full.
        capacity = max(1024, self._events // (7 * len(POOLS)) * 8)
        for pool in POOLS:
            yield OpenPool(pool=pool)
            yield ChangeCapacity(pool=pool, kind="counted", total=capacity)
        for division in range(DIVISIONS):
            yield CreateUnit(unit=f"division-{division}", kind="division")
        for unit in self.units:
            yield CreateUnit(unit=unit, parent=unit.partition("/")[0])

    def _next(self) -> AnyCommand:
        act = self._rng.choices(
            (self._grant, self._move, self._release, self._extend, self._note), (40, 25, 20, 8, 7)
        )[0]
        return act()

    def _grant(self) -> AnyCommand:
        rng = self._rng
        start = self._now + timedelta(days=rng.randrange(1, 15)) if rng.random() < 0.1 else None
        end = (start or self._now) + timedelta(days=rng.randrange(3, 100))
        return Grant(
            pool=rng.choice(POOLS),
            unit=rng.choice(self.units),
            quantity=8 * rng.randrange(1, 7),
            starts_at=_text(start),
            ends_at=_text(end),
            borrowed=rng.random() < 0.15,
            grant=self._uuid(),
            reason_code="project_started",
            reason=NEEDED,
        )

    def _move(self) -> AnyCommand:
        found = self._some_grant()
        if found is None:
            return self._grant()
        to = next(unit for unit in self._rng.sample(self.units, 2) if unit != found.unit)
        return Reallocate(
            pool=found.pool,
            sources=(Source(grant=found.grant, quantity=self._part(found)),),
            to=to,
            ends_at=found.end,
            grant=self._uuid(),
            reason_code="strategic_priority",
            reason=NEEDED,
        )

    def _release(self) -> AnyCommand:
        found = self._some_grant()
        if found is None:
            return self._grant()
        later = self._now + timedelta(days=self._rng.randrange(1, 20))
        is_ahead = self._rng.random() < 0.25 and from_datetime(later) < found.end
        return Release(
            grants=(OfGrant(grant=found.grant, quantity=self._part(found)),),
            effective_at=_text(later if is_ahead else None),
            kind=self._rng.choice(("returned", "returned", "reclaimed")),
            reason_code="project_finished",
            reason=FINISHED,
        )

    def _extend(self) -> AnyCommand:
        found = self._some_grant()
        if found is None:
            return self._grant()
        end = to_datetime(found.end) + timedelta(days=self._rng.randrange(1, 15))
        return Extend(grant=found.grant, ends_at=_text(end), reason=NEEDED)

    def _note(self) -> AnyCommand:
        return Note(about=Subject(unit=self._rng.choice(self.units)), text=NEEDED)

    def _some_grant(self) -> GrantRecord | None:
        """A grant that has begun and can still give something."""
        now = from_datetime(self._now)
        for _ in range(20):
            if not self._live:
                return None
            place = self._rng.randrange(len(self._live))
            grant = self.state.grants[self._live[place]]
            if grant.left and grant.start <= now < grant.end:
                return grant
            if grant.end <= now or not grant.left:
                self._live[place] = self._live[-1]
                self._live.pop()
        return None

    def _part(self, grant: GrantRecord) -> int:
        return min(grant.left, 8 * self._rng.randrange(1, 4))

    def _uuid(self) -> str:
        return str(UUID(int=self._rng.getrandbits(128), version=4))


def _text(moment: datetime | None) -> Instant | None:
    return None if moment is None else from_datetime(moment)
