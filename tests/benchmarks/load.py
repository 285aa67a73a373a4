"""HTTP clients as light as they can be, in a process of their own: raw sockets, one loop.

The process is told on its command line what to do, and where to write what came of it.
"""

import asyncio
import gc
import itertools
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, cast
from urllib.parse import urlsplit

import httptools
import msgspec
import uvloop

from tests.benchmarks.figures import Load
from tests.benchmarks.moving import CLIENTS_MAX, bodies
from tests.house.tree import TOP

LINES: Final = 1000
PATIENCE_S: Final = 60
AHEAD: Final = {"single": 6_000, "bulk": 30}
"""So many requests a second are made ahead."""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is to do. `bulk` sends LINES moves in each request."""

    url: str
    token: str
    connections: int
    seconds: float
    run: int = 0
    what: Literal["single", "bulk"] = "single"


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: commands that were answered with 201, and each request's time."""

    recorded: int
    statuses: dict[int, int]
    seconds: float
    latencies_ms: list[float]


def send(orders: Orders) -> Load:
    """Run the clients in a process of their own; every command must be recorded."""
    with tempfile.NamedTemporaryFile() as said:
        words = msgspec.json.encode(orders).decode(), said.name
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.load", *words],
            cwd=TOP, check=True, stdin=subprocess.DEVNULL, timeout=orders.seconds + PATIENCE_S,
        )  # fmt: skip
        came = msgspec.json.decode(said.read(), type=Came)
    asked = sum(came.statuses.values()) * (LINES if orders.what == "bulk" else 1)
    if came.recorded != asked:
        raise RuntimeError(f"of {asked} commands {came.recorded} were recorded: {came.statuses}")
    return Load(answers=came.recorded, seconds=came.seconds, latencies_ms=came.latencies_ms)


class Connection(asyncio.Protocol):
    """One client: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], deadline: float, *, is_bulk: bool) -> None:
        self._requests = requests
        self._deadline = deadline
        self._is_bulk = is_bulk
        self._sent = 0.0
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self.statuses: Counter[int] = Counter()
        self.recorded = 0
        self.latencies: list[float] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        """Take in a part of an answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Keep what tells how each line was answered."""
        if self._is_bulk:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Note the answer, and send the next request while there is time."""
        self.latencies.append((time.perf_counter() - self._sent) * 1000)
        status = self._parser.get_status_code()
        self.statuses[status] += 1
        if self._is_bulk:
            self.recorded += b"".join(self._body).count(b'"status":201')
            self._body.clear()
        else:
            self.recorded += status == 201
        if time.perf_counter() < self._deadline:
            self._next()
        else:
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, with what broke the connection if something did."""
        if not self.ended.done():
            broken = exc or ConnectionResetError("the server hung up")
            self.ended.set_exception(broken)

    def _next(self) -> None:
        request = next(self._requests)
        self._sent = time.perf_counter()
        if self._transport is not None:
            self._transport.write(request)

    def _close(self) -> None:
        self.ended.set_result(None)
        if self._transport is not None:
            self._transport.close()


def requests(orders: Orders, client: int) -> Iterator[bytes]:
    """The requests of one client, ready to be sent, each under a new key."""
    run = uuid.uuid4().hex[:8]
    host = urlsplit(orders.url).netloc
    top = f"Host: {host}\r\nAuthorization: Bearer {orders.token}\r\n"
    moved = bodies(client, orders.run)
    if orders.what == "bulk":
        head = f"POST /v1/commands HTTP/1.1\r\n{top}Content-Type: application/x-ndjson\r\n"
        for number in itertools.count():
            lines = [
                b'{"key":"%b-%d-%d","do":"reallocate",%b' % (run.encode(), number, line, body[1:])
                for line, body in enumerate(itertools.islice(moved, LINES))
            ]
            text = b"\n".join(lines)
            yield f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text
    head = f"POST /v1/reallocations HTTP/1.1\r\n{top}Content-Type: application/json\r\n"
    for number, body in enumerate(moved):
        framing = f"Idempotency-Key: {run}-{number}\r\nContent-Length: {len(body)}\r\n\r\n"
        yield head.encode() + framing.encode() + body


async def run(orders: Orders) -> Came:
    """Let all clients send until the time is up, and wait for their last answers."""
    loop = asyncio.get_running_loop()
    address = urlsplit(orders.url)
    # What is likely to be sent is made before the clock starts: the cores are shared.
    likely = AHEAD[orders.what] * orders.seconds / orders.connections
    ready: list[Iterator[bytes]] = []
    for client in range(orders.connections):
        asking = requests(orders, client % CLIENTS_MAX)
        ready.append(itertools.chain(list(itertools.islice(asking, 1 + int(likely))), asking))
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    connections: list[Connection] = []
    for asking in ready:
        _, connection = await loop.create_connection(
            lambda asking=asking: Connection(
                asking, began + orders.seconds, is_bulk=orders.what == "bulk"
            ),
            address.hostname or "",
            address.port or 0,
        )
        connections.append(connection)
    await asyncio.gather(*(connection.ended for connection in connections))
    took = time.perf_counter() - began
    statuses = sum((connection.statuses for connection in connections), Counter[int]())
    return Came(
        recorded=sum(connection.recorded for connection in connections),
        statuses=dict(statuses),
        seconds=took,
        latencies_ms=[ms for connection in connections for ms in connection.latencies],
    )


def main() -> None:
    """Do what the command line says."""
    orders = msgspec.json.decode(sys.argv[1], type=Orders)
    came = uvloop.run(run(orders))
    # A file, because what is written to a pipe after uvloop has run was seen cut short.
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(came))


if __name__ == "__main__":
    main()
