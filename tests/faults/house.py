"""A ledger whose parts can be killed while people write to it, and started again."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from msgspec.structs import replace
from psycopg import sql

from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.place import Place
from ledger.store.embedded.processes import postmaster, workers
from ledger.store.embedded.server import Durability, Server, start
from tests.cli.running import FOUNDER, PATIENCE_S, ROOT, allot, base_environ, begin, line_of
from tests.support.people import LOST, Asked, Person, Told

PAUSE_S = 0.02
NOT_YET = frozenset({429, 500, 503})
"""No answer to the command: its fate is unknown, and it is asked again by its key."""


class House:
    """One durable server of its own, and one service process on it."""

    def __init__(self, data: Path, binaries: Binaries, extra: Mapping[str, str]) -> None:
        """Start both. `extra` is added to the environment of the service."""
        self._data = data
        self._binaries = binaries
        self._uses: list[Server] = [self._start_server()]
        self.address = self._uses[0].url
        self._environ = {
            **base_environ(),
            "ALLOT_DATABASE_URL": self.address,
            "ALLOT_AUTH": "open",
            "ALLOT_FOUNDER": FOUNDER,
            "ALLOT_ROOT": ROOT,
            **extra,
        }
        made = allot("migrate", environ=self._environ)
        assert made.returncode == 0, made.stderr
        self._doors: subprocess.Popen[str] | None = None
        self.url = ""

    def open(self) -> None:
        """Start the service; its address is another each time."""
        self._doors = begin("serve", "--port", "0", "--no-follower", environ=self._environ)
        self.url = line_of(self._doors)

    def kill_service(self) -> None:
        """Kill the service as it stands, and start it again."""
        assert self._doors is not None
        self._doors.kill()
        self._gone()
        self.open()

    def kill_server(self, *, with_backends: bool) -> None:
        """Kill the postmaster, and with it at once, or not, every process of the server."""
        place = Place.below(self._data)
        first = postmaster(place)
        assert first is not None
        others = workers(place) if with_backends else ()
        # Stopped first, so that none of them writes down what another left in shared memory.
        for kind in (signal.SIGSTOP, signal.SIGKILL):
            for pid in dict.fromkeys((first, *others)):
                os.kill(pid, kind)
        self._uses.append(self._start_server())
        assert self._uses[-1].url == self.address

    def give_up_durability(self) -> None:
        """Let commits be answered before they are on the disk: what a service must not run on."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            name = sql.Identifier(connection.info.dbname)
            off = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name)
            connection.execute(off)

    def close(self) -> None:
        """End everything."""
        if self._doors is not None:
            self._doors.terminate()
            self._gone()
        for use in self._uses:
            use.stop()

    def _start_server(self) -> Server:
        return start(self._data, self._binaries, durability=Durability.FULL)

    def _gone(self) -> None:
        assert self._doors is not None
        self._doors.wait(PATIENCE_S)
        if self._doors.stdout is not None:
            self._doors.stdout.close()
        self._doors = None


@contextmanager
def house(data: Path, binaries: Binaries, **extra: str) -> Generator[House]:
    """Yield a house; afterwards no process of it is left."""
    made = House(data, binaries, extra)
    try:
        yield made
    finally:
        made.close()


class Writer:
    """Asks one thing after the other, each until it is answered, and keeps the answers."""

    def __init__(self, house: House, name: str, asks: Iterator[Asked]) -> None:
        """`asks` never ends."""
        self.told: list[Told] = []
        self.waits: list[tuple[float, float]] = []
        """From when to when it waited for each answer (monotonic seconds)."""
        self._house = house
        self._name = name
        self._asks = asks
        self._stopping = threading.Event()
        self._failures: list[Exception] = []
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def begin(self) -> None:
        """Start writing."""
        self._thread.start()

    def stop(self) -> None:
        """Stop once the last thing is answered."""
        self._stopping.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), f"{self._name} still waits for an answer"
        if self._failures:
            raise self._failures[0]

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                told = self.until_answered(next(self._asks))
                self.told.append(told)
                self.waits.append((began, told.received))
        except Exception as failed:  # noqa: BLE001 - `stop` raises it
            self._failures.append(failed)

    def until_answered(self, asked: Asked) -> Told:
        """Ask until the command itself is answered; it counts as sent at the first try."""
        sent = time.monotonic()
        while True:
            person = Person(self._house.url, asked.by)
            try:
                told = person.repeat(asked)
            except LOST:
                self._stopping.wait(PAUSE_S)
                continue
            finally:
                person.hang_up()
            if told.status not in NOT_YET:
                return replace(told, sent=sent)
            self._stopping.wait(PAUSE_S)
