"""Readers of the feed, each as downstream would read it: pages, JSON lines, events sent live."""

import random
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from ledger.codec import decode
from tests.support.people import PATIENCE_S

PAUSE_S = 0.05
LAG_S = 60.0
"""Longer than this after the last event no reader may take to see it."""
THE_END = "the-end"
"""The key of the last command: a reader that sees its event is done."""


class Way(Protocol):
    """Reads on from the reader's position until a connection ends."""

    __name__: str

    def __call__(self, reader: "Reader", /) -> None:
        """Hand each event to the reader."""
        ...


class _Page(msgspec.Struct, frozen=True):
    events: list[msgspec.Raw]
    next: int


class Reader:
    """Collects the events' bytes from the start of the log in a thread of its own."""

    def __init__(self, way: Way, url: Callable[[], str]) -> None:
        """`way` reads on, from the position reached, until a connection ends; `url` by then."""
        self.seen: list[tuple[int, bytes]] = []
        self.connections = 0
        self.failures: list[Exception] = []
        self.way = f"{way.__name__} at {url()}"
        self._way = way
        self._url = url
        self._is_done = False
        self._is_given_up = False
        self._thread = threading.Thread(target=self._run, name=self.way, daemon=True)

    def begin(self) -> None:
        """Start reading."""
        self._thread.start()

    def ended(self) -> list[tuple[int, bytes]]:
        """Wait until it has seen the end; returns every (position, bytes) in the order seen."""
        self._thread.join(LAG_S)
        self.give_up()
        if self.failures:
            raise self.failures[0]
        assert self._is_done, f"{self.way} saw {len(self.seen)} events and no end"
        return self.seen

    def give_up(self) -> None:
        """Read no more than what is under way."""
        self._is_given_up = True

    @property
    def position(self) -> int:
        """The last position seen."""
        return self.seen[-1][0] if self.seen else 0

    def take(self, stored: bytes, position: int | None = None) -> None:
        """Note an event; `position` is what the feed says beside it."""
        event = decode(stored)
        if position is not None and position != event.position:
            raise AssertionError(f"the feed says {position}, the event {event.position}")
        self.seen.append((event.position, stored))
        if event.key == THE_END:
            self._is_done = True

    @property
    def goes_on(self) -> bool:
        """Whether there is more to read."""
        return not (self._is_done or self._is_given_up)

    def connect(self) -> HTTPConnection:
        """Open a connection."""
        self.connections += 1
        address = urlsplit(self._url())
        return HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_S)

    def _run(self) -> None:
        try:
            while self.goes_on:
                try:
                    self._way(self)
                except (OSError, HTTPException):
                    # The service is down for a while: go on where the reading stopped.
                    time.sleep(PAUSE_S)
        except Exception as failed:  # noqa: BLE001 - `ended` raises it
            self.failures.append(failed)


def by_pages(reader: Reader) -> None:
    """Long poll, page after page."""
    connection = reader.connect()
    try:
        while reader.goes_on:
            connection.request("GET", f"/v1/events?after={reader.position}&limit=100&wait=5")
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise HTTPException(body)
            for stored in msgspec.json.decode(body, type=_Page).events:
                reader.take(bytes(stored))
    finally:
        connection.close()


def by_lines(reader: Reader) -> None:
    """JSON lines up to head, then again from there."""
    connection = reader.connect()
    try:
        while reader.goes_on:
            headers = {"Accept": "application/jsonl"}
            connection.request("GET", f"/v1/events?after={reader.position}", headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise HTTPException(answer.read())
            while line := answer.readline():
                if line.endswith(b"\n"):  # a line that was cut off is read again
                    reader.take(line[:-1])
            time.sleep(PAUSE_S)
    finally:
        connection.close()


def live(reader: Reader) -> None:
    """Server-sent events; hangs up after a while and resumes by Last-Event-ID."""
    connection = reader.connect()
    leaves_after = random.Random(reader.connections).randrange(20, 400)
    try:
        headers = {"Last-Event-ID": str(reader.position)}
        connection.request("GET", "/v1/events/stream", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise HTTPException(answer.read())
        position: int | None = None
        while reader.goes_on and leaves_after:
            line = answer.readline()
            if not line:
                return
            if line.startswith(b"id: "):
                position = int(line[4:])
            elif line.startswith(b"data: ") and line.endswith(b"\n"):
                reader.take(line[6:-1], position)
                leaves_after -= 1
    finally:
        connection.close()


WAYS: tuple[Way, ...] = (by_pages, by_lines, live)
