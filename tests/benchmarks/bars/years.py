"""S9 and S11: a long log folded into read models again, and asked about any instant."""

import random
import time
from collections import Counter
from collections.abc import Iterator

import psycopg

from ledger.codec import decode
from ledger.evolve import evolve
from ledger.holding import own_at
from ledger.log import StoredEvent
from ledger.periods import Instant, from_datetime
from ledger.seal.sealing import Sealing
from ledger.state import State
from ledger.store.log import PostgresLog
from ledger.store.roles import FOLLOWER, as_role
from projections.follow import Follower
from projections.history.model import HISTORY
from projections.holdings.model import HOLDINGS
from projections.holdings.read import held
from projections.rebuild import rebuild
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.gates import fold, head_of, projected, stored_events
from tests.benchmarks.grounds import Grounds, durability
from tests.benchmarks.peers.views import runner_rate
from tests.benchmarks.years import LONG, START, Years

MODELS = (HISTORY, HOLDINGS)
APPENDED_AT_ONCE = 5_000
CHECKED = 40


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """Write the log once, and measure what is wanted on it."""
    if not wanted & {"S9", "S11"}:
        return
    with grounds.ledger(START) as url:
        units = write(url, effort.events)
        follow(url)
        if "S9" in wanted:
            yield _rebuilt(grounds, url, effort)
        if "S11" in wanted:
            yield _asked(url, effort, units)


def write(url: str, events: int) -> list[str]:
    """Fill the ledger with years of decisions; returns the units."""
    years = Years(fold(url), events)
    some: list[StoredEvent] = []
    with PostgresLog(url) as log:
        sealing = Sealing(log.seal())

        def append() -> None:
            before = some[0].position - 1
            with log.batch(before) as batch:
                batch.catch_up(before)
                batch.append(some, (), sealing.seal(some))
            some.clear()

        for event in years.write():
            some.append(event)
            if len(some) >= APPENDED_AT_ONCE:
                append()
        if some:
            append()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return years.units


def follow(url: str) -> None:
    """Bring the two read models up to head as the follower does."""
    with psycopg.connect(as_role(url, FOLLOWER), autocommit=True) as connection:
        follower = Follower(connection, MODELS)
        follower.acquire()
        while follower.step():
            pass


def _rebuilt(grounds: Grounds, url: str, effort: Effort) -> Measured:
    events = head_of(url)
    began = time.perf_counter()
    built = rebuild(as_role(url, FOLLOWER), models=MODELS)
    same = all(one.compared_at == events and not one.differences for one in built)
    compared = ", ".join(
        f"{one.model} at {one.compared_at} with {len(one.differences)} differences" for one in built
    )
    rate = Spread.of([events / (time.perf_counter() - began)])
    with grounds.database() as other:
        library = Spread.of([runner_rate(other, effort.library_events)])
    return Measured(
        bar="S9",
        what=f"holdings and history rebuilt beside, compared, switched: {events:,} events",
        ours=rate,
        unit="events/s",
        peer=library,
        peer_is=f"library's ProjectionRunner, over {effort.library_events:,} events",
        demands=(
            Demand(
                of="x ProjectionRunner",
                figure=Spread.ratios([rate.median], [library.median]),
                at_least=100,
            ),
        ),
        gates=(
            Gate("rebuilt == incremental", same, f"compared table by table: {compared}"),
            projected(url),
            durability(url),
        ),
        remarks=(
            "one run; the log is written beforehand by the pure core, two years of it",
            "the rebuild's own compare and switch are inside the time",
        ),
    )


def _asked(url: str, effort: Effort, units: list[str]) -> Measured:
    rng = random.Random(2)
    head = head_of(url)
    took: list[float] = []
    answers: list[tuple[str, Instant, int, Counter[str]]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        for number in range(effort.questions + 50):
            unit, known_at = rng.choice(units), rng.randrange(1, head + 1)
            # Half of the questions are about the time in which the books stood so.
            share = known_at / head + rng.gauss(0, 0.03) if number % 2 else rng.random() * 1.05
            valid_at = from_datetime(START + LONG * max(0, share))
            began = time.perf_counter()
            rows = held(connection, pool=None, units=[unit], valid_at=valid_at, known_at=known_at)
            took.append((time.perf_counter() - began) * 1000)
            if number % (effort.questions // CHECKED) == 0:
                quantities: Counter[str] = Counter()
                for row in rows:
                    quantities[row.pool] += row.quantity
                answers.append((unit, valid_at, known_at, quantities))
    warm = sorted(took[50:])
    p99 = warm[int(0.99 * len(warm))]
    p50 = warm[len(warm) // 2]
    return Measured(
        bar="S11",
        what=f"holdings of one unit at any valid_at x known_at, {head:,} events: p99",
        ours=Spread(p99, p50, warm[-1]),
        unit="ms [median to worst]",
        demands=(Demand(of="ms p99", figure=Spread(p99, p50, warm[-1]), at_most=2),),
        gates=(_equal_to_the_fold(url, answers), durability(url)),
        remarks=(f"{len(warm):,} questions over one connection, each at another instant",),
    )


def _equal_to_the_fold(url: str, answers: list[tuple[str, Instant, int, Counter[str]]]) -> Gate:
    """Judge a sample of the answers by folding the log up to each answer's position."""
    waiting = sorted(answers, key=lambda answer: answer[2])
    state = State()
    wrong = 0
    filled = 0
    stored = stored_events(url)
    for unit, valid_at, known_at, quantities in waiting:
        while state.position < known_at:
            evolve(state, decode(next(stored)))
        expected: Counter[str] = Counter()
        for grant in state.grants.values():
            if grant.unit == unit:
                expected[grant.pool] += own_at(grant, valid_at)
        wrong += +expected != quantities
        filled += bool(quantities)
    found = f"{len(answers)} answers compared, {filled} of them not empty, {wrong} wrong"
    return Gate("answers == fold of the log up to known_at", not wrong and filled > 0, found)
