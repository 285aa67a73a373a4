"""S9: holdings and history of a long log built anew, beside the library's ProjectionRunner."""

import time
from collections.abc import Iterator

from ledger.store.roles import FOLLOWER, as_role
from projections.history.model import HISTORY
from projections.holdings.model import HOLDINGS
from projections.rebuild import rebuild
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Gate, Measured, Spread
from tests.benchmarks.gates import projected
from tests.benchmarks.grounds import durability
from tests.benchmarks.lent import Lent
from tests.benchmarks.peers.views import runner_rate
from tests.benchmarks.storing import storing_s

MODELS = (HISTORY, HOLDINGS)


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """Rebuild once; what served was followed batch by batch, so both ways are compared."""
    url, events = lent.url, lent.head
    began = time.perf_counter()
    built = rebuild(as_role(url, FOLLOWER), models=MODELS)
    ours = events / (time.perf_counter() - began)
    stored = events / storing_s(as_role(url, FOLLOWER), MODELS)
    with lent.grounds.database() as other:
        library = runner_rate(other, effort.library_events)
    same = all(one.compared_at == events and not one.differences for one in built)
    compared = ", ".join(
        f"{one.model} at {one.compared_at} with {len(one.differences)} differences" for one in built
    )
    ratio = Spread.ratios([ours], [library])
    yield Measured(
        bar="S9",
        what=f"holdings and history rebuilt beside, compared, switched: {events:,} events",
        ours=Spread.of([ours]),
        unit="events/s",
        peer=Spread.of([library]),
        peer_is=f"library's ProjectionRunner, over {effort.library_events:,} events",
        beside=(
            Beside(
                name="the server alone, filling and indexing these tables",
                figure=Spread.of([stored]),
                note=f"{stored / library:.1f} x ProjectionRunner",
            ),
        ),
        demands=(Demand(of="x ProjectionRunner", figure=ratio, at_least=100),),
        gates=(
            Gate("rebuilt == followed", same and len(built) == len(MODELS), compared),
            projected(url, lent.fold),
            durability(url),
        ),
        remarks=("one run, its own compare and switch inside the time",),
    )
