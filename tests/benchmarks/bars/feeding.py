"""S14: the feed, page by page to the end of a long log, and live."""

import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import msgspec

from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.gates import counted, head_of, stored_events
from tests.benchmarks.grounds import durability, token
from tests.benchmarks.lent import Lent
from tests.benchmarks.load import Orders
from tests.benchmarks.paced import Paced, send_paced
from tests.benchmarks.pacing import pace_kept
from tests.benchmarks.processes import environ, process, wait_until_it_decides
from tests.benchmarks.subscribing import subscriber
from tests.benchmarks.watching import seen_each_once

PAGE = 1000
READ_AT_ONCE = 100_000
"""So many events are read in each run; each run begins elsewhere in the log."""
RATE = 200
NEXT = re.compile(rb'"next":(\d+)')


class _Page(msgspec.Struct):
    events: list[msgspec.Raw]
    next: int


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """Pages of a thousand over one connection, then one subscriber under load."""
    url, head = lent.url, lent.head
    with process("api.cli", "serve", "--port", "0", "--no-follower", environ=environ(url)) as doors:
        wait_until_it_decides(doors)  # to fold the log takes a processor
        yield _pages(url, doors, effort, head)
    with (
        lent.grounds.furnished() as quiet,
        process("api.cli", "serve", "--port", "0", environ=environ(quiet)) as doors,
    ):
        yield _live(quiet, doors, effort)


def _pages(url: str, doors: str, effort: Effort, head: int) -> Measured:
    bearer = {"Authorization": f"Bearer {token(url)}"}
    connection = HTTPConnection(urlsplit(doors).netloc)
    rates: list[float] = []
    kept: list[bytes] = []
    starts: list[int] = []
    count = min(READ_AT_ONCE, head // PAGE * PAGE)
    for run in range(effort.runs + 1):
        start = (head - count) * run // effort.runs
        after = start
        bodies: list[bytes] = []
        began = time.perf_counter()
        while after < start + count:
            body = _page(connection, after, bearer)
            after = _next(body)
            bodies.append(body)
        took = time.perf_counter() - began
        if run:  # the first warms up
            rates.append((after - start) / took)
            kept += bodies[:: max(1, len(bodies) // 10)]
            starts.append(start)
    connection.close()
    return Measured(
        bar="S14",
        what=f"pages of {PAGE:,} of the feed, one connection, {head:,} events",
        ours=Spread.of(rates),
        unit="events/s",
        demands=(Demand(of="events/s", figure=Spread.of(rates), at_least=150_000),),
        gates=(_equal_to_the_log(url, kept), durability(url)),
        remarks=(f"{count:,} events in each run; client and server share the cores",),
    )


def _next(body: bytes) -> int:
    """Where a page leads on: behind its events, so that nobody looks through them."""
    found = NEXT.match(body, body.rindex(b'"next":'))
    if found is None:
        raise RuntimeError(f"a page ends in {body[-100:]!r}")
    return int(found[1])


def _page(connection: HTTPConnection, after: int, headers: dict[str, str]) -> bytes:
    connection.request("GET", f"/v1/events?after={after}&limit={PAGE}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(body.decode())
    return body


def _equal_to_the_log(url: str, bodies: list[bytes]) -> Gate:
    """Whether a sample of the pages holds the stored bytes, all of them and no others."""
    wrong = events = 0
    for body in bodies:
        page = msgspec.json.decode(body, type=_Page)
        first = page.next - len(page.events)
        stored = [one for one, _ in zip(stored_events(url, first), page.events, strict=False)]
        wrong += [bytes(one) for one in page.events] != stored
        events += len(page.events)
    found = f"{len(bodies)} pages compared, {events:,} events, {wrong} wrong"
    return Gate("pages == the stored bytes", not wrong and events > 0, found)


def _live(url: str, doors: str, effort: Effort) -> Measured:
    bearer = token(url)
    before = head_of(url)
    orders = Orders(url=doors, token=bearer, connections=16, seconds=effort.paced_s)
    delays: list[list[float]] = []
    gates: list[Gate] = []
    for run in range(effort.beside_runs):
        begun = head_of(url)
        with subscriber(doors, bearer) as end:
            told = send_paced(Paced(orders=msgspec.structs.replace(orders, run=run), rate=RATE))
            head = head_of(url)
            watched = end(head)
        delays.append(sorted(watched.delays_ms(told)))
        gates += [
            pace_kept(told, RATE, effort.paced_s, run),
            seen_each_once(watched, begun, head),
        ]
    p99 = Spread.of([one[int(0.99 * len(one))] for one in delays])
    median = Spread.of([one[len(one) // 2] for one in delays])
    return Measured(
        bar="S14",
        what=f"answer -> seen by a live subscriber, {RATE} commands/s over HTTP: p99",
        ours=p99,
        unit="ms",
        demands=(Demand(of="ms p99", figure=p99, at_most=10),),
        gates=(*gates, counted(url, before, sum(map(len, delays))), durability(url)),
        remarks=(f"median {median.median:.1f} ms; 0 where it was seen before the answer",),
    )
