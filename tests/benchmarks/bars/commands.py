"""S1 to S3: commands in the committer's process, beside the probe and the library."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from ledger.committer import Committer
from tests.benchmarks.crowd import Act, crowd
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Load, Measured, Runs, Spread
from tests.benchmarks.gates import counted, head_of, projected
from tests.benchmarks.grounds import Grounds, committing, durability
from tests.benchmarks.moving import HELD, WORDS, mover, moves, units
from tests.benchmarks.peers.accounts import Accounts, accounts
from tests.benchmarks.peers.probe import Probe
from tests.benchmarks.tailing import tail_reader

BARS = {"S1": 1, "S2": 16, "S3": 64}
REMARK = "without the seal, which this version does not have yet"


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """Measure with as many clients as each wanted bar says."""
    for bar, clients in BARS.items():
        if bar in wanted:
            yield _measure(grounds, effort, bar, clients)


def _measure(grounds: Grounds, effort: Effort, bar: str, clients: int) -> Measured:
    runs = Runs()
    gates: list[Gate] = []
    with ExitStack() as ending:
        plain = ending.enter_context(grounds.database())
        probe = Probe(plain)
        ending.callback(probe.close)
        url = ending.enter_context(grounds.furnished())
        library = ending.enter_context(
            accounts(ending.enter_context(grounds.database()), units(), HELD)
        )
        opened = library.stored()
        before = head_of(url)
        with committing(url) as committer, tail_reader(url) as end_reader:
            acts = clients_of(committer, clients)
            library_acts = _library_clients(library, clients)
            for _ in range(effort.runs):
                runs.probe.append(probe.rate(effort.probe_s))
                runs.ours.append(crowd(clients, effort.seconds, acts))
                runs.library.append(crowd(clients, effort.seconds, library_acts))
            gates.append(end_reader(head_of(url)))
        gates.append(counted(url, before, sum(load.answers for load in runs.ours)))
        gates.append(projected(url))
        gates.append(durability(url))
        gates.append(_library_counted(library, opened, runs.library))
    return _said(bar, clients, runs, tuple(gates))


def clients_of(committer: Committer, clients: int) -> Callable[[int], Act]:
    """The same clients for every run: their moves go on where they stopped."""
    acts = [mover(committer, number) for number in range(clients)]
    return lambda number: acts[number]


def _library_clients(library: Accounts, clients: int) -> Callable[[int], Act]:
    def client(number: int) -> Act:
        source = moves(number)

        def act() -> None:
            giver, taker, quantity = next(source)
            library.reallocate(giver, taker, quantity, WORDS)

        return act

    acts = [client(number) for number in range(clients)]
    return lambda number: acts[number]


def _library_counted(library: Accounts, opened: int, loads: list[Load]) -> Gate:
    answers = sum(load.answers for load in loads)
    stored = library.stored() - opened
    return Gate(
        "the library stored two events for each of its answers",
        stored == 2 * answers,
        f"{answers} answers, {stored} stored",
    )


def _said(bar: str, clients: int, runs: Runs, gates: tuple[Gate, ...]) -> Measured:
    rates = [load.rate for load in runs.ours]
    to_probe = Spread.ratios(rates, runs.probe)
    to_library = Spread.ratios(rates, [load.rate for load in runs.library])
    p99 = Spread.of([load.quantile_ms(0.99) for load in runs.ours])
    demands = {
        "S1": (
            Demand(of="x probe", figure=to_probe, at_least=0.3),
            Demand(of="x library", figure=to_library, at_least=2),
        ),
        "S2": (
            Demand(of="x library", figure=to_library, at_least=12),
            Demand(of="ms p99", figure=p99, at_most=6),
        ),
        "S3": (
            Demand(of="x library", figure=to_library, at_least=35),
            Demand(of="x probe", figure=to_probe, at_least=2.5),
            Demand(of="ms p99", figure=p99, at_most=12),
        ),
    }
    return Measured(
        bar=bar,
        what=f"reallocations in process, {clients} client{'s' if clients > 1 else ''}",
        ours=Spread.of(rates),
        probe=Spread.of(runs.probe),
        peer=Spread.of([load.rate for load in runs.library]),
        demands=demands[bar],
        gates=gates,
        remarks=(REMARK,),
    )
