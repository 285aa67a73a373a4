"""Open-loop load over HTTP, in a process of its own: `... paced ORDERS FILE`."""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httptools
import msgspec
import uvloop

from tests.benchmarks.load import PATIENCE_S, Orders, requests
from tests.benchmarks.pacing import arrivals
from tests.benchmarks.watching import Told
from tests.house.tree import TOP

POSITION = re.compile(rb'"position":(\d+)')


class Paced(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is to do: so many moves a second, over the connections of the orders."""

    orders: Orders
    rate: float


def send_paced(what: Paced) -> list[Told]:
    """Run the process; returns when each move was answered, and with which position."""
    with tempfile.NamedTemporaryFile() as said:
        words = msgspec.json.encode(what).decode(), said.name
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.paced", *words],
            cwd=TOP, check=True, stdin=subprocess.DEVNULL,
            timeout=what.orders.seconds + PATIENCE_S,
        )  # fmt: skip
        return msgspec.json.decode(said.read(), type=list[Told])


class _Line(asyncio.Protocol):
    """One connection: free, or waiting for an answer."""

    def __init__(self, told: list[Told], free: deque["_Line"], waiting: deque[bytes]) -> None:
        self._told = told
        self._free = free
        self._waiting = waiting
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self.idle = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be free."""
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self.idle.set()
        self._free.append(self)

    def data_received(self, data: bytes) -> None:
        """Take in a part of an answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Keep it: it names the position."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Note the answer, and send what waits."""
        now = time.monotonic()
        body = b"".join(self._body)
        self._body.clear()
        found = POSITION.search(body)
        if self._parser.get_status_code() != 201 or found is None:
            raise RuntimeError(f"a move was refused: {body.decode()}")
        self._told.append(Told(int(found[1]), now))
        if self._waiting:
            self.send(self._waiting.popleft())
        else:
            self.idle.set()
            self._free.append(self)

    def send(self, request: bytes) -> None:
        """Send a request."""
        self.idle.clear()
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def run(what: Paced) -> list[Told]:
    """Send each move when it arrives, over a connection that is free, or as soon as one is."""
    loop = asyncio.get_running_loop()
    orders = what.orders
    address = urlsplit(orders.url)
    told: list[Told] = []
    free: deque[_Line] = deque()
    waiting: deque[bytes] = deque()
    lines: list[_Line] = []
    for _ in range(orders.connections):
        _, line = await loop.create_connection(
            lambda: _Line(told, free, waiting), address.hostname or "", address.port or 0
        )
        lines.append(line)
    due = arrivals(what.rate, orders.seconds, orders.run)
    asking = requests(orders, 0)
    began = loop.time()
    for at in due:
        request = next(asking)
        await asyncio.sleep(max(0.0, began + at - loop.time()))
        if free:
            free.popleft().send(request)
        else:
            waiting.append(request)
    # One after the other: each ends when its connection is free and nothing waits for it.
    async with asyncio.timeout(PATIENCE_S / 2):
        for line in lines:
            await line.idle.wait()
    for line in lines:
        line.close()
    return told


def main() -> None:
    """Do what the command line says."""
    what = msgspec.json.decode(sys.argv[1], type=Paced)
    told = uvloop.run(run(what))
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(told))


if __name__ == "__main__":
    main()
