"""A ledger whose parts can be killed while people write to it, and started again."""

import os
import signal
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psycopg
from psycopg import sql

from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.place import Place
from ledger.store.embedded.processes import postmaster, workers
from ledger.store.embedded.server import Durability, Server, start
from tests.api.gauging import red, until
from tests.cli.running import (
    FOUNDER,
    PATIENCE_S,
    ROOT,
    allot,
    base_environ,
    begin,
    begin_anew,
    line_of,
)
from tests.support.forked import Process
from tests.support.kin import decider
from tests.support.postgres import address_of


class Doors:
    """One service process; its address is another each time it is started."""

    def __init__(self, environ: Mapping[str, str], *words: str, anew: bool = False) -> None:
        """`environ` is all that it is told; `words` go to `allot serve`, imported `anew` or not."""
        self._begin = begin_anew if anew else begin
        self._environ = environ
        self._words = words
        self._process: Process | None = None
        self.url = ""

    def open(self) -> None:
        """Start it."""
        self._process = self._begin("serve", "--port", "0", *self._words, environ=self._environ)
        self.url = line_of(self._process)

    def kill(self) -> None:
        """Kill it as it stands."""
        assert self._process is not None
        self._process.kill()
        self._gone()

    def kill_decider(self) -> None:
        """Kill the process that decides for it, and wait until another takes commands."""
        assert self._process is not None
        pid = self._process.pid
        killed = decider(pid)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        with httpx2.Client(base_url=self.url, trust_env=False, timeout=PATIENCE_S) as doors:
            until(lambda: decider(pid) not in (None, killed))
            until(lambda: "committer" not in red(doors))

    def close(self) -> None:
        """End it as an operator would."""
        if self._process is not None:
            self._process.terminate()
            self._gone()

    def _gone(self) -> None:
        assert self._process is not None
        self._process.wait(PATIENCE_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None


def environ_of(address: str, **extra: str) -> dict[str, str]:
    """What a service on a database is told."""
    return {**base_environ(), "ALLOT_DATABASE_URL": address, "ALLOT_AUTH": "open", **extra}


def founded(address: str, **extra: str) -> None:
    """Make an empty database a ledger."""
    founding = {"ALLOT_FOUNDER": FOUNDER, "ALLOT_ROOT": ROOT, **extra}
    made = allot("migrate", environ=environ_of(address, **founding))
    assert made.returncode == 0, made.stderr


class House:
    """A database on a durable server, and one service process on it."""

    def __init__(self, data: Path, binaries: Binaries, extra: Mapping[str, str]) -> None:
        """`extra` is added to the environment of the service, which is not open yet."""
        self._data = data
        self._binaries = binaries
        self._uses: list[Server] = [self._start_server()]
        name = f"house_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(self._uses[0].url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self.address = address_of(self._uses[0], name)
        founded(self.address)
        self._doors = Doors(environ_of(self.address, **extra), "--no-follower", anew=True)

    @property
    def url(self) -> str:
        """Where the service answers now."""
        return self._doors.url

    def open(self) -> None:
        """Start the service."""
        self._doors.open()

    def kill_service(self) -> None:
        """Kill the service as it stands, and start it again."""
        self._doors.kill()
        self._doors.open()

    def kill_decider(self) -> None:
        """Kill what decides beside the service, which starts it again."""
        self._doors.kill_decider()

    def kill_server(self, *, with_backends: bool) -> None:
        """Kill the postmaster, and with it at once, or not, every process of the server."""
        place = Place.below(self._data)
        first = postmaster(place)
        assert first is not None
        # Stopped first, so that none of them writes down what another left in shared memory, and
        # the postmaster before them, so that it begins none and lets none go that is listed.
        os.kill(first, signal.SIGSTOP)
        others = [pid for pid in workers(place) if pid != first] if with_backends else []
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        for pid in (first, *others):
            os.kill(pid, signal.SIGKILL)
        self.start_server()

    def start_server(self) -> None:
        """Start the server again, unless it runs."""
        self._uses.append(self._start_server())

    def kill_both(self) -> None:
        """Kill the service and every process of the server, and start both again."""
        self._doors.kill()
        self.kill_server(with_backends=True)
        self._doors.open()

    def give_up_durability(self) -> None:
        """Let commits be answered before they are on the disk: what a service must not run on."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            name = sql.Identifier(connection.info.dbname)
            off = sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name)
            connection.execute(off)

    def close(self) -> None:
        """End everything."""
        self._doors.close()
        for use in self._uses:
            use.stop()

    def _start_server(self) -> Server:
        return start(self._data, self._binaries, durability=Durability.FULL)


@contextmanager
def house(data: Path, binaries: Binaries, **extra: str) -> Generator[House]:
    """Yield a house; afterwards no process of it is left."""
    made = House(data, binaries, extra)
    try:
        yield made
    finally:
        made.close()
