"""S17: 64 clients in process on an empty ledger, behind a long log, and in a crowded pool."""

from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks.bars.commands import clients_of
from tests.benchmarks.crowd import crowd
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Gate, Load, Measured, Spread
from tests.benchmarks.gates import counted, head_of
from tests.benchmarks.grounds import committing, durability
from tests.benchmarks.lent import Lent
from tests.benchmarks.tailing import tail_reader

CLIENTS = 64


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """The same clients in turn on three ledgers; each committer stands by while others work."""
    grounds = lent.grounds
    long = f"{lent.head:,} events"
    lent.furnish()
    crowded = f"{effort.live_grants:,} live grants in the pool"
    with ExitStack() as ending:
        urls = {
            "empty": ending.enter_context(grounds.furnished()),
            long: lent.url,
            crowded: ending.enter_context(grounds.crowded(effort.live_grants)),
        }
        found = _in_turn(urls, effort)
    rates = {name: [load.rate for load in loads] for name, (loads, _) in found.items()}
    yield Measured(
        bar="S17",
        what=f"reallocations in process, {CLIENTS} clients, empty ledger and grown ones",
        ours=Spread.of(rates["empty"]),
        beside=tuple(Beside(name=name, figure=Spread.of(rates[name])) for name in (long, crowded)),
        demands=tuple(
            Demand(
                of=f"x empty, {name}",
                figure=Spread.ratios(rates[name], rates["empty"]),
                at_least=0.8,
            )
            for name in (long, crowded)
        ),
        gates=tuple(gate for _, gates in found.values() for gate in gates),
    )


def _in_turn(
    urls: dict[str, str], effort: Effort
) -> dict[str, tuple[list[Load], tuple[Gate, ...]]]:
    found: dict[str, tuple[list[Load], tuple[Gate, ...]]] = {}
    with ExitStack() as working:
        before = {name: head_of(url) for name, url in urls.items()}
        acts = {
            name: clients_of(working.enter_context(committing(url)), CLIENTS)
            for name, url in urls.items()
        }
        readers = {name: working.enter_context(tail_reader(url)) for name, url in urls.items()}
        loads: dict[str, list[Load]] = {name: [] for name in urls}
        for act in acts.values():
            crowd(1, 0.1, lambda _, act=act: act(0))  # it has learnt its log once it answers
        warmed = {name: head_of(url) - before[name] for name, url in urls.items()}
        for _ in range(effort.runs):
            for name in urls:
                loads[name].append(crowd(CLIENTS, effort.seconds, acts[name]))
        for name, url in urls.items():
            answers = warmed[name] + sum(load.answers for load in loads[name])
            gates = (
                readers[name](head_of(url)),
                counted(url, before[name], answers),
                durability(url),
            )
            found[name] = loads[name], gates
    return found
