"""S10: how soon after its answer a move is visible in the read models, at a given pace."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import msgspec
import psycopg
from msgspec import Struct
from msgspec.structs import replace

from projections.registry import standing
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.gates import counted, head_of, projected
from tests.benchmarks.grounds import Grounds, committing, durability, token
from tests.benchmarks.load import Orders, requests
from tests.benchmarks.moving import unit_of
from tests.benchmarks.paced import POSITION, Paced, send_paced
from tests.benchmarks.pacing import pace_kept, paced
from tests.benchmarks.peers.views import wait_ms
from tests.benchmarks.processes import environ, follower, process
from tests.benchmarks.watching import Told, watcher

IN_PROCESS = ((200, 5), (1_000, 10), (5_000, 20))
"""Commands a second, and the milliseconds within which 99 of 100 are visible."""
OVER_HTTP = (200, 5)
CONNECTIONS = 16
WAIT_S = 60.0
Load = Callable[[float, int], list[Told]]


class Pace(Struct, frozen=True):
    """A load: how it comes, how many a second, when it is to be visible, and what makes it."""

    how: str
    rate: int
    within_ms: float
    load: Load


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """In process, over HTTP, and what it costs to wait for one's own write."""
    del wanted
    for rate, within in IN_PROCESS:
        with ExitStack() as ending:
            url = ending.enter_context(grounds.furnished())
            ending.enter_context(follower(url))
            committer = ending.enter_context(committing(url))
            pace = Pace("in process", rate, within, partial(paced, committer, rate))
            yield _measured(url, effort, pace)
    with ExitStack() as ending:
        url = ending.enter_context(grounds.furnished())
        orders = Orders(
            url=ending.enter_context(
                process("api.cli", "serve", "--port", "0", environ=environ(url))
            ),
            token=token(url), connections=CONNECTIONS, seconds=effort.paced_s,
        )  # fmt: skip
        rate, within = OVER_HTTP

        def over_http(seconds: float, run: int) -> list[Told]:
            return send_paced(Paced(orders=replace(orders, seconds=seconds, run=run), rate=rate))

        yield _measured(url, effort, Pace("over HTTP", rate, within, over_http))
        yield _waited(grounds, url, effort, orders)


def _measured(url: str, effort: Effort, pace: Pace) -> Measured:
    before = head_of(url)
    pace.load(0.5, 1000)  # everybody has begun
    _reflected(url, head_of(url))
    first = head_of(url)
    delays: list[list[float]] = []
    gates: list[Gate] = []
    for run in range(effort.beside_runs):
        with watcher(url) as end:
            told = pace.load(effort.paced_s, run)
            delays.append(sorted(end(head_of(url)).delays_ms(told)))
        gates.append(pace_kept(told, pace.rate, effort.paced_s, run))
    answers = first - before + sum(map(len, delays))
    p99 = Spread.of([one[int(0.99 * len(one))] for one in delays])
    median = Spread.of([one[len(one) // 2] for one in delays])
    return Measured(
        bar="S10",
        what=f"answer -> visible, {pace.how}, {pace.rate:,} commands/s: p99",
        ours=p99,
        unit="ms",
        demands=(Demand(of="ms p99", figure=p99, at_most=pace.within_ms),),
        gates=(*gates, counted(url, before, answers), projected(url), durability(url)),
        remarks=(f"median {median.median:.1f} ms; looked at every millisecond",),
    )


def _waited(grounds: Grounds, url: str, effort: Effort, orders: Orders) -> Measured:
    """Write, then read with min_position: what that costs more than to read again without it."""
    added: list[float] = []
    before = head_of(url)
    stale = 0
    asking = requests(orders, 1)
    path = f"/v1/holdings?unit={quote(unit_of(0), safe='')}"
    connection = HTTPConnection(urlsplit(orders.url).netloc)
    bearer = {"Authorization": f"Bearer {orders.token}"}
    for _ in range(effort.questions // 10):
        head, _, body = next(asking).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        connection.request("POST", "/v1/reallocations", body, headers)
        found = POSITION.search(connection.getresponse().read())
        position = int(found[1]) if found else 0
        with_wait, reflected = _timed(connection, f"{path}&min_position={position}", bearer)
        without, _ = _timed(connection, path, bearer)
        added.append(with_wait - without)
        stale += reflected < position or not position
    connection.close()
    p99 = Spread.p99(added)
    with grounds.database() as other:
        library = Spread.p99(wait_ms(other, effort.waits))
    return Measured(
        bar="S10",
        what="what min_position adds to a read of one's own write: p99",
        ours=p99,
        unit="ms [median to worst]",
        peer=library,
        peer_is="library's ProjectionRunner.wait, p99 in ms",
        demands=(Demand(of="ms p99 added", figure=p99, at_most=10),),
        gates=(
            Gate("no answer older than asked for", not stale, f"{len(added)} reads, {stale} stale"),
            counted(url, before, len(added)),
            durability(url),
        ),
        remarks=("no other load; each read is made again at once without it",),
    )


def _timed(connection: HTTPConnection, path: str, headers: dict[str, str]) -> tuple[float, int]:
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        raise RuntimeError(body.decode())
    msgspec.json.decode(body)
    return took, int(answer.headers["Allot-Position"])


def _reflected(url: str, position: int) -> None:
    """Wait until the read models reflect a position."""
    deadline = time.monotonic() + WAIT_S
    with psycopg.connect(url, autocommit=True) as connection:
        while min(model.position for model in standing(connection)) < position:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the read models do not reflect {position}")
            time.sleep(0.05)
