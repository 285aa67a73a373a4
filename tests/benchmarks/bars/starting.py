"""S8: a start with a long log, without and with a snapshot, beside the library's replay."""

from collections.abc import Iterator

import psycopg

from ledger.folding import take_snapshot
from ledger.store.log import PostgresLog
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.gates import head_of
from tests.benchmarks.grounds import durability
from tests.benchmarks.lent import Lent
from tests.benchmarks.peers.replay import replay_rate
from tests.benchmarks.started import start

FORGET = "DELETE FROM ledger.snapshots"


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """Start a process that judges, as `allot serve` does, until it could judge the first ask.

    The snapshot is the one that a service left, if one has served the log.
    """
    url, head = lent.url, head_of(lent.url)
    with PostgresLog(url) as log:
        if log.snapshot() is None:
            take_snapshot(log, every=1)
    warm = [start(url, is_compared=run == 0) for run in range(effort.runs)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FORGET)
    cold = start(url, is_compared=True)
    with lent.grounds.database() as other:
        library = replay_rate(other, effort.replayed_events)
    rate = head / cold.seconds
    seconds = Spread.of([one.seconds for one in warm])
    same = all(one.position == head for one in warm) and warm[0].digest == cold.digest
    yield Measured(
        bar="S8",
        what=f"start without a snapshot, {head:,} events",
        ours=Spread.of([rate]),
        unit="events/s",
        peer=Spread.of([library]),
        peer_is=f"library's replay of every account, over {effort.replayed_events:,} events",
        demands=(
            Demand(of="x library's replay", figure=Spread.ratios([rate], [library]), at_least=4),
            Demand(of="s with a snapshot", figure=seconds, at_most=2),
        ),
        gates=(
            Gate(
                "the state with a snapshot == the fold of the log",
                same and cold.position == head and cold.digest is not None,
                f"{len(warm)} starts at {head}, the first with sha256 {(cold.digest or '')[:12]}",
            ),
            durability(url),
        ),
        remarks=(f"without a snapshot {cold.seconds:.1f} s, in a process of its own",),
    )
