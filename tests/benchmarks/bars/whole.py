"""S12: what everybody holds at an instant, as known at a position."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from statistics import median

from msgspec import Struct

from ledger.holding import own_at
from ledger.periods import Instant
from projections.holdings.read import Sum, held_sums
from projections.statements import Connection
from tests.benchmarks.awake import long_connected, what_nothing_takes
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.gates import Fold
from tests.benchmarks.grounds import durability
from tests.benchmarks.instants import instant_asked
from tests.benchmarks.lent import Lent

WARM = 10
ASKED_OF_QUESTIONS = 5
"""One in so many questions of the effort is asked: each is about all units."""
CHECKED = 10
CHECKED_UP_TO = 100_000
"""What is checked lies within so many events of the beginning: to fold more takes too long."""
SCANS = 20
"""So often the log is scanned between the questions, for pairs of the same moment."""
SCAN = "SELECT sum(length(state)) FROM ledger.events WHERE notification_id <= %(known_at)s"
"""The least that a scan of the log does: it looks at the bytes, and makes nothing of them."""


class Seen(Struct, frozen=True):
    """An instant and a position, and what each unit was answered to hold of each pool."""

    valid_at: Instant
    known_at: int
    quantities: Counter[tuple[str, str]]


def organisation(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """S12: everybody at an instant, each time another."""
    rng = random.Random(4)
    url, head = lent.url, lent.head
    took: list[float] = []
    scans: list[float] = []
    answers: list[Seen] = []
    asked = effort.questions // ASKED_OF_QUESTIONS
    stretch = asked // SCANS
    with long_connected(url) as connection:
        silent = what_nothing_takes(connection)
        for number in range(asked + WARM):
            is_checked = number % (asked // CHECKED) == 0
            known_at = rng.randrange(1, (min(head, CHECKED_UP_TO) if is_checked else head) + 1)
            valid_at = instant_asked(rng, number, known_at=known_at, head=head)
            began = time.perf_counter()
            rows = held_sums(connection, pool=None, valid_at=valid_at, known_at=known_at)
            took.append((time.perf_counter() - began) * 1000)
            if is_checked:
                answers.append(Seen(valid_at, known_at, _quantities(rows)))
            if (number + 1 - WARM) % stretch == 0 and number >= WARM:
                scans.append(_scan(connection, head))
    took = took[WARM:]
    stretches = [median(took[begun : begun + stretch]) for begun in range(0, asked, stretch)]
    p99, scan = Spread.p99(took), Spread.of(scans)
    yield Measured(
        bar="S12",
        what=f"whole organisation at any valid_at x known_at, {head:,} events: p99",
        ours=p99,
        unit="ms [median to worst]",
        peer=scan,
        peer_is="scan of the log",
        demands=(
            Demand(of="ms p99", figure=p99, at_most=25),
            Demand(of="x a scan of the log", figure=Spread.ratios(scans, stretches), at_least=15),
        ),
        gates=(_equal_to_the_fold(Fold(url), answers), durability(url)),
        remarks=(
            f"{asked:,} questions over one connection, each at another instant",
            "the scan adds up how long the stored events are, and makes nothing of them",
            (
                f"{SCANS} scans, each beside the median of {stretch} questions; "
                f"the p99 is {scan.median / p99.median:.1f} x as fast as a scan"
            ),
            silent,
        ),
    )


def _quantities(rows: Iterable[Sum]) -> Counter[tuple[str, str]]:
    quantities: Counter[tuple[str, str]] = Counter()
    for row in rows:
        quantities[row.pool, row.unit] += row.quantity
    return quantities


def _scan(connection: Connection, known_at: int) -> float:
    began = time.perf_counter()
    connection.execute(SCAN, {"known_at": known_at}).fetchone()
    return (time.perf_counter() - began) * 1000


def _equal_to_the_fold(fold: Fold, answers: list[Seen]) -> Gate:
    """Judge a sample of the answers by folding the log up to each answer's position."""
    wrong = units = 0
    for answer in sorted(answers, key=lambda one: one.known_at):
        state = fold.up_to(answer.known_at)
        expected: Counter[tuple[str, str]] = Counter()
        for grant in state.grants.values():
            expected[grant.pool, grant.unit] += own_at(grant, answer.valid_at)
        wrong += +expected != answer.quantities
        units += len(answer.quantities)
    found = f"{len(answers)} answers compared, {units} holdings in them, {wrong} wrong"
    return Gate("answers == fold of the log up to known_at", not wrong and units > 0, found)
