"""A live subscriber in a process of its own, which notes when it saw which position.

It says so once the stream is open, and reads until a position that it is told on standard input.
"""

import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec

from tests.benchmarks.processes import reader
from tests.benchmarks.watching import Told, Watched

PATIENCE_S = 30.0
ID = re.compile(rb"^id: (\d+)\r?\n", re.MULTILINE)
RECEIVED_AT_ONCE = 1 << 18


@contextmanager
def subscriber(url: str, bearer: str) -> Generator[Callable[[int], Watched]]:
    """Yield a function that ends the subscriber at a position, and returns what it saw."""
    with reader("tests.benchmarks.subscribing", url, bearer) as (_, end):
        yield lambda position: msgspec.json.decode(end(position), type=Watched)


def main() -> None:
    """Subscribe."""
    until: list[int] = []
    told = threading.Thread(target=lambda: until.append(int(sys.stdin.readline())), daemon=True)
    address = urlsplit(sys.argv[1])
    seen: list[Told] = []
    with socket.create_connection((address.hostname or "", address.port or 0)) as stream:
        stream.sendall(
            f"GET /v1/events/stream HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Bearer {sys.argv[2]}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        rest = stream.recv(RECEIVED_AT_ONCE)
        if not rest.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(rest.decode())
        print("open", flush=True)
        told.start()
        stream.settimeout(0.05)
        deadline = float("inf")
        while not (until and seen and seen[-1].position >= until[0]):
            if until and deadline == float("inf"):
                deadline = time.monotonic() + PATIENCE_S
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing came of {until[0]}")
            rest = _take(stream, rest, seen)
    sys.stdout.write(msgspec.json.encode(Watched(seen)).decode() + "\n")


def _take(stream: socket.socket, rest: bytes, seen: list[Told]) -> bytes:
    """Take in what arrives; returns the part whose line has not ended yet."""
    try:
        rest += stream.recv(RECEIVED_AT_ONCE)
    except TimeoutError:
        return rest
    now = time.monotonic()
    whole, line_end, begun = rest.rpartition(b"\n")
    seen += [Told(int(one), now) for one in ID.findall(whole + line_end)]
    return begun


if __name__ == "__main__":
    main()
