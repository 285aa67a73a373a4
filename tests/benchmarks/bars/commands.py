"""S1 to S4: commands in the committer's process, beside the probe, the library and UmaDB."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from ledger.committer import Committer
from tests.benchmarks.crowd import Act, crowd
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Runs, Spread
from tests.benchmarks.gates import counted, head_of, projected
from tests.benchmarks.grounds import Grounds, committing, durability
from tests.benchmarks.moving import HELD, mover, units, units_apart
from tests.benchmarks.peers.accounts import accounts
from tests.benchmarks.peers.probe import Probe
from tests.benchmarks.peers.rival import Rival
from tests.benchmarks.peers.umadb import moves_of_umadb
from tests.benchmarks.tailing import tail_reader

BARS = {"S1": 1, "S2": 16, "S3": 64, "S4": 256}


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """Measure with as many clients as each wanted bar says."""
    for bar, clients in BARS.items():
        if bar in wanted:
            yield _measure(grounds, effort, bar, clients)


def _measure(grounds: Grounds, effort: Effort, bar: str, clients: int) -> Measured:
    runs = Runs()
    gates: list[Gate] = []
    with ExitStack() as ending:
        probe = Probe(ending.enter_context(grounds.database()))
        ending.callback(probe.close)
        url = ending.enter_context(grounds.furnished())
        library = _library(grounds, ending, bar, clients)
        beside = _beside(grounds, ending, bar, clients)
        before = head_of(url)
        with committing(url) as committer, tail_reader(url) as end_reader:
            acts = clients_of(committer, clients)
            for run in range(effort.runs):
                runs.probe.append(probe.rate(effort.probe_s))
                runs.ours.append(crowd(clients, effort.seconds, acts))
                for rival in (*library, *(beside if run < effort.beside_runs else ())):
                    rival.run(effort.seconds)
            gates.append(end_reader(head_of(url)))
        gates.append(counted(url, before, sum(load.answers for load in runs.ours)))
        gates.append(projected(url))
        gates.append(durability(url))
        gates += [rival.gate() for rival in (*library, *beside)]
    return _said(bar, runs, tuple(gates), library, beside)


def clients_of(committer: Committer, clients: int) -> Callable[[int], Act]:
    """The same clients for every run: their moves go on where they stopped."""
    acts = [mover(committer, number, clients) for number in range(clients)]
    return lambda number: acts[number]


def _library(grounds: Grounds, ending: ExitStack, bar: str, clients: int) -> list[Rival]:
    """The library, where a bar is about it."""
    if bar == "S4":
        return []
    url = ending.enter_context(grounds.database())
    application = ending.enter_context(accounts(url, units(), HELD))
    return [Rival("library", application, clients, events_each=2)]


def _beside(grounds: Grounds, ending: ExitStack, bar: str, clients: int) -> list[Rival]:
    """What stands beside: UmaDB, and the peers with clients that never meet."""
    uma = ending.enter_context(moves_of_umadb(units(), HELD))
    found = [Rival("UmaDB", uma, clients, events_each=1)]
    if bar == "S1":
        return found
    apart = ending.enter_context(moves_of_umadb(units_apart(), HELD))
    found.append(Rival("UmaDB, clients apart", apart, clients, events_each=1, is_apart=True))
    if bar != "S4":
        url = ending.enter_context(grounds.database())
        alone = ending.enter_context(accounts(url, units_apart(), HELD))
        found.append(Rival("library, clients apart", alone, clients, events_each=2, is_apart=True))
    return found


def _said(
    bar: str, runs: Runs, gates: tuple[Gate, ...], library: list[Rival], beside: list[Rival]
) -> Measured:
    clients = BARS[bar]
    rates = [load.rate for load in runs.ours]
    theirs = [rate for rival in library for rate in rival.rates]
    p99 = Spread.of([load.quantile_ms(0.99) for load in runs.ours])
    return Measured(
        bar=bar,
        what=f"reallocations in process, {clients} client{'s' if clients > 1 else ''}",
        ours=Spread.of(rates),
        probe=Spread.of(runs.probe),
        peer=Spread.of(theirs) if theirs else None,
        beside=tuple(rival.beside() for rival in beside),
        demands=_demands(bar, rates, runs.probe, theirs, p99),
        gates=gates,
        remarks=(
            *(f"the library met {rival.tried_again()}" for rival in library),
            f"p99 {p99.median:.1f} ms ({p99.low:.1f} to {p99.high:.1f})",
        ),
    )


def _demands(
    bar: str, rates: list[float], probe: list[float], library: list[float], p99: Spread
) -> tuple[Demand, ...]:
    def to_probe(at_least: float) -> Demand:
        return Demand(of="x probe", figure=Spread.ratios(rates, probe), at_least=at_least)

    def to_library(at_least: float) -> Demand:
        return Demand(of="x library", figure=Spread.ratios(rates, library), at_least=at_least)

    def within(at_most: float) -> Demand:
        return Demand(of="ms p99", figure=p99, at_most=at_most)

    match bar:
        case "S1":
            return to_probe(0.3), to_library(2)
        case "S2":
            return to_library(12), within(6)
        case "S3":
            return to_library(35), to_probe(2.5), within(12)
        case _:
            return to_probe(3.5), within(40)
