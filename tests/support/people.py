"""People who ask over HTTP and keep what they were told, from many threads at once."""

import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from api.client import PATHS

T = TypeVar("T")
PATIENCE_S = 120.0
IDLE_S = 2.0
"""A connection unused for longer is not trusted: the server lets go of idle ones."""
LOST = (OSError, HTTPException)
"""How it shows that an answer was lost: the command's fate is unknown."""


class Asked(Struct, frozen=True, kw_only=True):
    """A command as it was sent, under its key."""

    by: str
    key: str
    do: str
    body: bytes


class Told(Struct, frozen=True, kw_only=True):
    """What was answered, and when the question left and the answer came (monotonic seconds)."""

    asked: Asked
    status: int
    body: bytes
    position: int
    replayed: bool
    sent: float
    received: float
    media_type: str = ""
    retry_after: str = ""

    @property
    def answer(self) -> tuple[int, bytes]:
        """What must be the same whenever it is asked again."""
        return self.status, self.body


class Person:
    """Speaks to one process over one connection. For one thread."""

    def __init__(self, url: str, name: str) -> None:
        """`name` acts, in open mode."""
        self._url = urlsplit(url)
        self.name = name
        self._connection: HTTPConnection | None = None
        self._used = 0.0

    def ask(self, do: str, fields: object, key: str) -> Told:
        """Ask once. Raises one of LOST when no answer comes."""
        asked = Asked(by=self.name, key=key, do=do, body=msgspec.json.encode(fields))
        return self.repeat(asked)

    def repeat(self, asked: Asked) -> Told:
        """Send a command, for the first time or again. Raises one of LOST when no answer comes."""
        headers = {
            "Allot-As": asked.by,
            "Idempotency-Key": asked.key,
            "Content-Type": "application/json",
        }
        connection = self._connected()
        sent = time.monotonic()
        try:
            connection.request("POST", PATHS[asked.do], asked.body, headers)
            answer = connection.getresponse()
            body = answer.read()
        except LOST:
            self.hang_up()
            raise
        received = time.monotonic()
        return Told(
            asked=asked,
            status=answer.status,
            body=body,
            position=int(answer.headers["Allot-Position"]),
            replayed=answer.headers["Idempotency-Replayed"] == "true",
            sent=sent,
            received=received,
            media_type=answer.headers["Content-Type"] or "",
            retry_after=answer.headers["Retry-After"] or "",
        )

    def get(self, path: str) -> bytes:
        """Read. Raises one of LOST when no answer comes."""
        status, body = self.look(path)
        assert status == 200, body
        return body

    def look(self, path: str) -> tuple[int, bytes]:
        """Read, whatever is answered: status and body. Raises one of LOST when nothing is."""
        connection = self._connected()
        try:
            connection.request("GET", path, headers={"Allot-As": self.name})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except LOST:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        """Drop the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> HTTPConnection:
        if time.monotonic() - self._used > IDLE_S:
            self.hang_up()
        self._used = time.monotonic()
        if self._connection is None:
            host, port = self._url.hostname or "", self._url.port
            self._connection = HTTPConnection(host, port, timeout=PATIENCE_S)
        return self._connection


class Problem(Struct, frozen=True, kw_only=True):
    """What a refusal says, as far as the stories look."""

    code: str
    detail: str
    arithmetic: dict[str, object] = {}
    next: list[dict[str, object]] = []
    holders: list[dict[str, object]] = []


def problem(told: Told) -> Problem:
    """The refusal of an answer that is one."""
    assert told.status >= 400, told
    return msgspec.json.decode(told.body, type=Problem)


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Let all act at the same moment, each in a thread; returns what they returned, in order."""
    gate = threading.Barrier(len(acts))
    results: dict[int, T] = {}
    failures: list[Exception] = []

    def run(number: int) -> None:
        gate.wait()
        try:
            results[number] = acts[number]()
        except Exception as failed:  # noqa: BLE001 - raised again below
            failures.append(failed)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(acts))]
