"""S5 and S6: durable answers over HTTP, one by one and in bulk, beside the probe and peers."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from msgspec.structs import replace

from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Runs, Spread
from tests.benchmarks.gates import counted, head_of, projected
from tests.benchmarks.grounds import Grounds, durability, token
from tests.benchmarks.load import Orders, requests, send
from tests.benchmarks.peers.probe import Probe
from tests.benchmarks.processes import environ, process
from tests.benchmarks.silent import BODY
from tests.benchmarks.tailing import tail_reader

NO_CLIENT = 10_000
"""The run of the one move that is made to see an answer."""


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """Measure the doors that are wanted."""
    if "S5" in wanted:
        for connections in (16, 64):
            yield _single(grounds, effort, connections)
    if "S6" in wanted:
        yield _bulk(grounds, effort)


def _single(grounds: Grounds, effort: Effort, connections: int) -> Measured:
    runs = Runs()
    gates: list[Gate] = []
    with ExitStack() as ending:
        probe = Probe(ending.enter_context(grounds.database()))
        ending.callback(probe.close)
        url = ending.enter_context(grounds.furnished())
        doors = ending.enter_context(
            process("api.cli", "serve", "--port", "0", "--no-follower", environ=environ(url))
        )
        before = head_of(url)
        orders = Orders(
            url=doors, token=token(url), connections=connections, seconds=effort.seconds
        )
        quiet = ending.enter_context(_silent(grounds, orders))
        library = ending.enter_context(_library(grounds, ending))
        with tail_reader(url) as end_reader:
            for run in range(effort.runs):
                runs.probe.append(probe.rate(effort.probe_s))
                runs.ours.append(send(replace(orders, run=run)))
                runs.silent.append(send(replace(quiet, run=run)))
                runs.library.append(send(replace(orders, url=library, run=run)))
            gates.append(end_reader(head_of(url)))
        conflicts = _conflicts(library)
        gates.append(counted(url, before, 1 + sum(load.answers for load in runs.ours)))
        gates.append(projected(url))
        gates.append(durability(url))
    return _said_single(connections, runs, conflicts, tuple(gates))


def _said_single(connections: int, runs: Runs, conflicts: int, gates: tuple[Gate, ...]) -> Measured:
    rates = [load.rate for load in runs.ours]
    quiet = [load.rate for load in runs.silent]
    p99 = Spread.of([load.quantile_ms(0.99) for load in runs.ours])
    nothing = Spread.of(quiet).median
    moves = sum(load.answers for load in runs.library)
    return Measured(
        bar="S5",
        what=f"POST, durable answer, {connections} connections",
        ours=Spread.of(rates),
        probe=Spread.of(runs.probe),
        peer=Spread.of([load.rate for load in runs.library]),
        peer_is="library behind FastAPI",
        demands=(
            Demand(
                of="x library behind FastAPI",
                figure=Spread.ratios(rates, [load.rate for load in runs.library]),
                at_least=12,
            ),
            Demand(of="x no-op POST", figure=Spread.ratios(rates, quiet), at_least=0.45),
        ),
        gates=gates,
        remarks=(
            f"no-op POST of the same application: {nothing:,.0f}/s",
            f"the library met {conflicts / max(1, moves):.2f} conflicts a move",
            f"p99 {p99.median:.1f} ms ({p99.low:.1f} to {p99.high:.1f})",
        ),
    )


def _bulk(grounds: Grounds, effort: Effort) -> Measured:
    runs = Runs()
    gates: list[Gate] = []
    with ExitStack() as ending:
        probe = Probe(ending.enter_context(grounds.database()))
        ending.callback(probe.close)
        url = ending.enter_context(grounds.furnished())
        doors = ending.enter_context(
            process("api.cli", "serve", "--port", "0", "--no-follower", environ=environ(url))
        )
        before = head_of(url)
        orders = Orders(
            url=doors, token=token(url), connections=2, seconds=effort.seconds, what="bulk"
        )
        with tail_reader(url) as end_reader:
            for run in range(effort.runs):
                runs.probe.append(probe.rate(effort.probe_s))
                runs.ours.append(send(replace(orders, run=run)))
            gates.append(end_reader(head_of(url)))
        gates.append(counted(url, before, sum(load.answers for load in runs.ours)))
        gates.append(projected(url))
        gates.append(durability(url))
    rates = [load.rate for load in runs.ours]
    return Measured(
        bar="S6",
        what="bulk NDJSON, 1,000 lines a request, 2 connections",
        ours=Spread.of(rates),
        probe=Spread.of(runs.probe),
        demands=(
            Demand(of="commands/s", figure=Spread.of(rates), at_least=10_000),
            Demand(of="x probe", figure=Spread.ratios(rates, runs.probe), at_least=3),
        ),
        gates=tuple(gates),
    )


def _one_answer(orders: Orders) -> str:
    """The body of one real answer."""
    raw = next(requests(replace(orders, run=NO_CLIENT), 0))
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    connection = HTTPConnection(urlsplit(orders.url).netloc)
    connection.request("POST", "/v1/reallocations", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 201:
        raise RuntimeError(text)
    return text


def _conflicts(library: str) -> int:
    """How often the library behind its doors had to try again."""
    connection = HTTPConnection(urlsplit(library).netloc)
    connection.request("GET", "/conflicts")
    count = int(connection.getresponse().read())
    connection.close()
    return count


@contextmanager
def _silent(grounds: Grounds, orders: Orders) -> Generator[Orders]:
    """Yield the same orders for the no-op application.

    It has a ledger of its own: on the same one it would take in what the other records.
    """
    body = _one_answer(orders)
    with (
        grounds.ledger() as url,
        process(
            "tests.benchmarks.silent", environ={**environ(url), BODY: body, "ALLOT_PORT": "0"}
        ) as still,
    ):
        yield replace(orders, url=still, token=token(url))


@contextmanager
def _library(grounds: Grounds, ending: ExitStack) -> Generator[str]:
    """Yield the address of the library's own doors."""
    url = ending.enter_context(grounds.database())
    with process("tests.benchmarks.peers.doors", environ=environ(url)) as address:
        yield address
