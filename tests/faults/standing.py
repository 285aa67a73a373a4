"""One service that stands between people and a proxy, and is never started again."""

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import msgspec
from msgspec import Struct

from ledger.store.embedded.server import Server
from tests.cli.running import FOUNDER
from tests.faults.aftermath import Aftermath, aftermath
from tests.faults.house import Doors, environ_of, founded
from tests.faults.proxy import Act, Proxy, between
from tests.faults.tails import follow, misread_by_now
from tests.faults.writers import Writer, furnished, writing
from tests.support.committing import until
from tests.support.lab import Lab, held_after_each
from tests.support.people import LOST, Person
from tests.support.postgres import fresh
from tests.support.tailing import Reader

CREW = 8
ANSWER_S = 2.0
"""So long the service waits for its committer before it puts somebody off."""
PATHS = ("/v1/position", "/v1/holdings", "/v1/events?limit=10")


class _Words(Struct, frozen=True):
    status: int
    code: str
    detail: str


class _Head(Struct, frozen=True):
    head: int


class _Total(Struct, frozen=True):
    quantity: int


class _Holdings(Struct, frozen=True):
    totals: list[_Total]


class Onlooker:
    """Reads on and on, and keeps what was not an answer."""

    def __init__(self, url: str, path: str) -> None:
        """`path` is read."""
        self.reads = 0
        self.put_off: list[bytes] = []
        self.wrong: list[str] = []
        self._path = path
        self._person = Person(url, FOUNDER)
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name=path, daemon=True)

    def begin(self) -> None:
        """Start to read."""
        self._thread.start()

    def leave(self) -> None:
        """Stop after the answer that is under way."""
        self._leaving.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._leaving.wait(0.005):
            try:
                status, body = self._person.look(self._path)
            except LOST as lost:
                self.wrong.append(f"{self._path}: {lost!r}")
                continue
            self.reads += 1
            if status == 503:
                self.put_off.append(body)
                said = msgspec.json.decode(body, type=_Words)
                if not (said.status == 503 and said.code and said.detail):
                    self.wrong.append(f"{self._path}: {body!r}")
            elif status != 200:
                self.wrong.append(f"{self._path}: {status} {body!r}")
        self._person.hang_up()


class Standing(Struct, frozen=True, kw_only=True):
    """The service, the proxy by which it reaches its database, and the database's own address."""

    address: str
    proxy: Proxy
    doors: Doors
    lab: Lab
    readers: Sequence[Reader]
    runs: Iterator[int]

    @contextmanager
    def writing(self) -> Generator[list[Writer]]:
        """Let a crew write while the block runs, which begins when each has had an answer."""
        run = f"run {next(self.runs)}"
        with writing(lambda: self.doors.url, self.lab, run, CREW) as writers:
            until(lambda: all(writer.told for writer in writers))
            yield writers

    @contextmanager
    def looking(self) -> Generator[list[Onlooker]]:
        """Let some read on while the block runs; whatever they see is an answer or a clear 503."""
        onlookers = [Onlooker(self.doors.url, path) for path in PATHS]
        for onlooker in onlookers:
            onlooker.begin()
        try:
            yield onlookers
        finally:
            for onlooker in onlookers:
                onlooker.leave()
        assert [wrong for onlooker in onlookers for wrong in onlooker.wrong] == []

    def look(self, path: str) -> tuple[int, bytes]:
        """What a read is answered."""
        person = Person(self.doors.url, FOUNDER)
        try:
            return person.look(path)
        finally:
            person.hang_up()

    def read(self, path: str) -> bytes:
        """What a read is answered, once no connection is left that was lost while it was unused."""
        looked: list[tuple[int, bytes]] = []

        def is_answered() -> bool:
            looked.append(self.look(path))
            return looked[-1][0] == 200

        until(is_answered)
        return looked[-1][1]

    def held(self) -> int:
        """What the read models say is held of the pool, up to everything that was recorded."""
        head = msgspec.json.decode(self.read("/v1/position"), type=_Head).head
        body = self.read(f"/v1/holdings?min_position={head}")
        return sum(total.quantity for total in msgspec.json.decode(body, type=_Holdings).totals)

    def is_ready(self) -> bool:
        """Whether all is well."""
        return self.look("/readyz")[0] == 200

    def left(self, writers: list[Writer]) -> Aftermath:
        """What is left once the service has recovered by itself."""
        until(self.is_ready)
        left = aftermath(self.doors.url, self.address, writers)
        assert misread_by_now(self.readers, left.log) == []
        # The read models took in each event once, too.
        assert self.held() == held_after_each([event.stored for event in left.log])[-1]
        return left


@contextmanager
def stood(server: Server, *words: str, **extra: str) -> Generator[Standing]:
    """Yield a service on a new database of a server.

    `words` go to `allot serve`, `extra` is added to its environment.
    """
    with fresh(server) as address, between(address) as proxy:
        founded(address, ALLOT_DURABILITY="test")
        told = {
            "ALLOT_ANSWER_S": str(ANSWER_S),
            "ALLOT_READING_CONNECTIONS": "2",
            "ALLOT_READ_WAIT_S": "1",
            "ALLOT_READ_S": "2",
        }
        doors = Doors(environ_of(proxy.url, ALLOT_DURABILITY="test", **told, **extra), *words)
        doors.open()
        readers = follow(lambda: doors.url)
        try:
            yield Standing(
                address=address,
                proxy=proxy,
                doors=doors,
                lab=furnished(doors.url),
                readers=readers,
                runs=count(1),
            )
        finally:
            proxy.fault = lambda _: Act.PASS
            proxy.go_on()
            for reader in readers:
                reader.give_up()
            doors.close()
