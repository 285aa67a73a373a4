"""Years of an invented organisation, in the shape of the traces of real clusters.

Few units take part in most of what happens, most quantities are small and a few are large, a
tenth of what is decided lies ahead, now and then one decision has many legs, and one event in
fifty is dated back or corrects one that lies anywhere behind it.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import to_builtins
from msgspec.structs import replace

from ledger.codec import decode
from ledger.commands import (
    AnyCommand,
    Correct,
    Decision,
    Extend,
    Grant,
    Instead,
    Note,
    OfGrant,
    Reallocate,
    Release,
    Single,
    Source,
    Subject,
)
from ledger.events import Granted
from ledger.log import StoredEvent
from ledger.organising import ChangeCapacity, CreateUnit, OpenPool
from ledger.periods import Instant, to_datetime
from ledger.records import GrantRecord
from tests.benchmarks.made.bench import Bench, Made, ahead, made

END = datetime(2030, 1, 1, tzinfo=UTC)
"""Ahead of any clock that measures, so that what is live at the end of the log is live then."""
DIVISIONS = 8
TEAMS_EACH = 25
POOLS = tuple(f"site-{site}/{kind}" for site in ("a", "b", "c") for kind in ("h100", "b200"))
FINISHED = "The project ended; its people move on"
MISTYPED = "The sheet that it was taken from said something else"
NEEDED = "Agreed in the weekly review: the training run starts on Monday"
GPUS = (8, 16, 24, 32, 48, 64, 96, 128, 256, 1024)
"""How many at once, as often as GPUS_OFTEN says: most are small, a few are large."""
GPUS_OFTEN = (30, 22, 12, 12, 7, 7, 4, 3, 2, 1)
RECALLED = 20_000
"""So many of the grants made may be corrected later: the last of them, one in RECALLED_EACH."""
RECALLED_EACH = 20
CAPACITY = 120_000
"""Of each pool when the log has a million events: then some 20,000 grants are live at its end."""


def span(events: int) -> timedelta:
    """The time that a log covers: two years, and two more for each further million of events."""
    return timedelta(days=730 * max(1, events / 1_000_000))


def begin(events: int) -> datetime:
    """When a log of that length begins; all end at END."""
    return END - span(events)


def teams() -> list[str]:
    """The units that hold something, the busiest first."""
    return [f"division-{n % DIVISIONS}/team-{n:03}" for n in range(DIVISIONS * TEAMS_EACH)]


class Years:
    """Writes such a log."""

    def __init__(self, events: int, seed: int = 1) -> None:
        """Take how many events there shall be, or a few more: decisions are whole."""
        self._events = events
        self._bench = Bench(begin(events), span(events) / events, seed)
        self._rng = self._bench.rng
        self._teams = teams()
        self._popularity = list(
            itertools.accumulate(1 / rank for rank in range(1, len(self._teams) + 1))
        )
        self._live: list[str] = []
        self._recorded: deque[Granted] = deque(maxlen=RECALLED)
        """Some of the grants that were recorded, none of them corrected yet."""
        self._mistaken: tuple[Granted, ...] = ()
        """What is to be corrected next."""
        acts: tuple[tuple[Callable[[], AnyCommand], int], ...] = (
            (self._grant, 400),
            (self._move, 250),
            (self._release, 190),
            (self._extend, 80),
            (self._note, 70),
            (self._reshuffle, 10),
            (self._grant_late, 10),
            (self._release_late, 10),
            (self._correct, 10),
        )
        self._acts = [act for act, _ in acts]
        self._often = list(itertools.accumulate(weight for _, weight in acts))

    def write(self) -> Iterator[Made]:
        """Decision by decision. What the ledger refuses leaves nothing."""
        bench = self._bench
        yield bench.found()
        for command in self._furnishing():
            yield made(bench.judge(command))
        while bench.state.position < self._events:
            (act,) = self._rng.choices(self._acts, cum_weights=self._often)
            command = act()
            named = self._mistaken if isinstance(command, Correct) else ()
            given = bench.judge(command, *named, spares=True)
            if given is not None and given.events:
                self._recall(given.events[0])
                yield made(given)

    def _recall(self, stored: StoredEvent) -> None:
        if stored.topic == "granted.v1" and stored.position % RECALLED_EACH == 0:
            event = decode(stored.stored)
            if isinstance(event, Granted):
                self._recorded.append(event)

    def _furnishing(self) -> Iterator[AnyCommand]:
        capacity = max(4096, CAPACITY * min(self._events, 1_000_000) // 1_000_000)
        for pool in POOLS:
            yield OpenPool(pool=pool)
            yield ChangeCapacity(pool=pool, kind="counted", total=capacity)
        for division in range(DIVISIONS):
            yield CreateUnit(unit=f"division-{division}", kind="division")
        for unit in self._teams:
            yield CreateUnit(unit=unit, parent=unit.partition("/")[0])

    def _grant(self) -> Grant:
        rng, now = self._rng, self._bench.now
        wait = rng.randrange(1, 15) if rng.random() < 0.1 else 0
        grant = self._bench.uuid()
        self._live.append(grant)
        return Grant(
            pool=rng.choice(POOLS),
            unit=self._team(),
            quantity=self._gpus(),
            starts_at=ahead(now, wait) if wait else None,
            ends_at=ahead(now, wait + rng.randrange(3, 100)),
            borrowed=rng.random() < 0.15,
            grant=grant,
            reason_code="project_started",
            reason=NEEDED,
        )

    def _grant_late(self) -> Grant:
        """A grant that has run for days when it is recorded."""
        return replace(self._grant(), starts_at=self._days_ago())

    def _release_late(self) -> AnyCommand:
        """What was given back days ago, and is told now."""
        given = self._release()
        if isinstance(given, Release):
            return replace(given, effective_at=self._days_ago(), kind="returned")
        return given

    def _days_ago(self) -> Instant:
        return ahead(self._bench.now, -self._rng.randrange(1, 7))

    def _correct(self) -> AnyCommand:
        """A grant's quantity, recorded wrongly at any time before."""
        if not self._recorded:
            return self._grant()
        place = self._rng.randrange(len(self._recorded))
        event = self._recorded[place]
        del self._recorded[place]
        self._mistaken = (event,)
        fact = to_builtins(event.data)
        more = fact["quantity"] + self._rng.choice((8, 16, 32))
        return Correct(
            corrects=event.position,
            replacement=Instead(
                effective_at=str(event.effective_at), data={**fact, "quantity": more}
            ),
            reason_code="correction",
            reason=MISTYPED,
        )

    def _move(self) -> AnyCommand:
        found = self._some_grant()
        if found is None:
            return self._grant()
        return self._moved(found)

    def _moved(self, found: GrantRecord) -> Reallocate:
        to = found.unit
        while to == found.unit:
            to = self._team()
        grant = self._bench.uuid()
        self._live.append(grant)
        return Reallocate(
            pool=found.pool,
            sources=(Source(grant=found.grant, quantity=self._part(found)),),
            to=to,
            ends_at=found.end,
            grant=grant,
            reason_code="strategic_priority",
            reason=NEEDED,
        )

    def _release(self) -> AnyCommand:
        found = self._some_grant()
        if found is None:
            return self._grant()
        later = ahead(self._bench.now, self._rng.randrange(1, 20))
        is_ahead = self._rng.random() < 0.25 and later < found.end
        return Release(
            grants=(OfGrant(grant=found.grant, quantity=self._part(found)),),
            effective_at=later if is_ahead else None,
            kind=self._rng.choice(("returned", "returned", "reclaimed")),
            reason_code="project_finished",
            reason=FINISHED,
        )

    def _extend(self) -> AnyCommand:
        found = self._some_grant()
        if found is None:
            return self._grant()
        end = ahead(to_datetime(found.end), self._rng.randrange(1, 15))
        return Extend(grant=found.grant, ends_at=end, reason=NEEDED)

    def _note(self) -> AnyCommand:
        return Note(about=Subject(unit=self._team()), text=NEEDED)

    def _reshuffle(self) -> AnyCommand:
        """One day's moves as one decision, as when a whole cluster is given to one team."""
        found: dict[str, GrantRecord] = {}
        for _ in range(self._rng.randrange(2, 18)):
            grant = self._some_grant()
            if grant is not None:
                found[grant.grant] = grant
        legs: tuple[Single, ...] = tuple(self._moved(grant) for grant in found.values())
        return (
            Decision(legs=legs, reason_code="reorganisation", reason=NEEDED)
            if legs
            else (self._grant())
        )

    def _team(self) -> str:
        (team,) = self._rng.choices(self._teams, cum_weights=self._popularity)
        return team

    def _gpus(self) -> int:
        (gpus,) = self._rng.choices(GPUS, GPUS_OFTEN)
        return gpus

    def _some_grant(self) -> GrantRecord | None:
        """A grant that has begun and can still give something; those that cannot are forgotten."""
        now = self._bench.instant
        live = self._live
        for _ in range(20):
            if not live:
                return None
            place = self._rng.randrange(len(live))
            grant = self._bench.state.grants.get(live[place])
            if grant is not None and grant.left and grant.start <= now < grant.end:
                return grant
            if grant is None or grant.end <= now or not grant.left:
                live[place] = live[-1]
                live.pop()
        return None

    def _part(self, grant: GrantRecord) -> int:
        return min(grant.left, self._gpus())
