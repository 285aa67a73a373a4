"""A middle of our own between a service and its database, where anything may go wrong.

It carries TCP on loopback to the server's socket, message by message of PostgreSQL's protocol
(version 3), so that a connection can be cut, or held, at exactly one of them.
"""

import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Final

from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict, make_conninfo

RECEIVED_BYTES: Final = 65_536
LOOPBACK: Final = "127.0.0.1"


class Act(Enum):
    """What happens to a message."""

    PASS = auto()
    CUT = auto()
    """It is not passed on, and the connection ends."""
    HALF = auto()
    """Half of it is passed on, and the connection ends."""


class Message(Struct, frozen=True, kw_only=True):
    """One whole message. `statement` is the SQL that it is about, as far as it names one.

    `role` is the role that the connection asked for when it began. `stores` says that rows were
    sent to be inserted, in what the database has neither answered to its end nor refused yet.
    """

    from_service: bool
    role: str
    kind: bytes
    body: bytes
    stores: bool
    statement: str = ""


Fault = Callable[[Message], Act]


class Line:
    """One connection of the service, carried to the database and back."""

    def __init__(self, proxy: "Proxy", service: socket.socket, database: socket.socket) -> None:
        self._proxy = proxy
        self._ends = (service, database)
        self._statements: dict[bytes, str] = {}
        self._role = ""
        self._stores = False
        self._threads = [
            threading.Thread(target=self._carry, args=(service, database, True), daemon=True),
            threading.Thread(target=self._carry, args=(database, service, False), daemon=True),
        ]

    def begin(self) -> None:
        """Carry, until one end leaves or the line is cut."""
        for thread in self._threads:
            thread.start()

    def cut(self) -> None:
        """End it at once, for both sides."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        """Wait until nothing of it is left."""
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    @property
    def is_over(self) -> bool:
        """Whether both directions ended."""
        return not any(thread.is_alive() for thread in self._threads)

    def _carry(self, source: socket.socket, target: socket.socket, from_service: bool) -> None:
        waiting = bytearray()
        has_begun = not from_service
        with suppress(OSError):
            while received := source.recv(RECEIVED_BYTES):
                waiting += received
                passing = bytearray()
                acted = Act.PASS
                while acted is Act.PASS and (length := _length(waiting, has_begun)):
                    whole, waiting = bytes(waiting[:length]), waiting[length:]
                    if has_begun:
                        acted = self._proxy.judged(self._understood(whole, from_service))
                    else:
                        self._role, has_begun = _role(whole), True
                    if acted is not Act.CUT:
                        passing += whole[: len(whole) // 2] if acted is Act.HALF else whole
                self._proxy.wait_until_it_goes_on(self._role)
                target.sendall(passing)
                if acted is not Act.PASS:
                    break
        self.cut()

    def _understood(self, whole: bytes, from_service: bool) -> Message:
        kind, body = whole[:1], whole[5:]
        statement = ""
        if from_service and kind == b"P":  # Parse: the name of a statement, and its text
            name, text, _ = body.split(b"\0", 2)
            statement = self._statements[name] = text.decode().strip()
        elif from_service and kind == b"B":  # Bind: a portal, and the name of a statement
            statement = self._statements.get(body.split(b"\0", 2)[1], "")
        elif from_service and kind == b"Q":
            statement = body[:-1].decode().strip()
        stores = self._stores = self._stores or (
            kind == b"B" and from_service and "INSERT INTO" in statement
        )
        if kind in b"ZE" and not from_service:  # ReadyForQuery, all is answered; or an error
            self._stores = False
        return Message(
            from_service=from_service,
            role=self._role,
            kind=kind,
            body=body,
            stores=stores,
            statement=statement,
        )


class Proxy:
    """Carries connections to a database, and does to them what a test asks for.

    `fault` judges every message; it is called from many threads, one at a time.
    """

    def __init__(self, database: str) -> None:
        """`database` is the address of a server that listens at a socket of this machine."""
        there = conninfo_to_dict(database)
        self._server = f"{there['host']}/.s.PGSQL.{there.get('port', '5432')}"
        self._judging = threading.Lock()
        self._lines: list[Line] = []
        self._listening = self._listen(0)
        self._port: int = self._listening.getsockname()[1]
        self._accepting = self._accept()
        self._goes_on = threading.Event()
        self._goes_on.set()
        self._stalled_role = ""
        self.fault: Fault = lambda _: Act.PASS
        self.url = make_conninfo(
            database, host=LOOPBACK, port=self._port, sslmode="disable", gssencmode="disable"
        )

    def judged(self, message: Message) -> Act:
        """What happens to a message."""
        with self._judging:
            return self.fault(message)

    def stall(self, role: str = "") -> None:
        """Pass nothing on any more, but hold every connection; of one role only if named."""
        self._stalled_role = role
        self._goes_on.clear()

    def go_on(self) -> None:
        """Pass on what was held, and what comes."""
        self._goes_on.set()

    def wait_until_it_goes_on(self, role: str) -> None:
        """Hold a message of a role while that is stalled."""
        if not self._goes_on.is_set() and self._stalled_role in role:
            self._goes_on.wait()

    def cut(self) -> int:
        """Cut every connection there is; returns how many."""
        living = [line for line in self._lines if not line.is_over]
        for line in living:
            line.cut()
        return len(living)

    def shut(self) -> None:
        """Cut everything, and refuse new connections until `open`."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()
        self.cut()

    def open(self) -> None:
        """Take connections again, at the same address."""
        self._listening = self._listen(self._port)
        self._accepting = self._accept()

    def close(self) -> None:
        """Take everything down."""
        self.shut()
        self.go_on()
        for line in self._lines:
            line.join()

    def _listen(self, port: int) -> socket.socket:
        return socket.create_server((LOOPBACK, port), backlog=128)

    def _accept(self) -> threading.Thread:
        listening = self._listening

        def accept() -> None:
            with suppress(OSError):
                while True:
                    service, _ = listening.accept()
                    service.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._take(service)

        thread = threading.Thread(target=accept, name="proxy", daemon=True)
        thread.start()
        return thread

    def _take(self, service: socket.socket) -> None:
        database = socket.socket(socket.AF_UNIX)
        try:
            database.connect(self._server)
        except OSError:
            service.close()
            database.close()
            return
        for line in [one for one in self._lines if one.is_over]:
            line.join()
            self._lines.remove(line)
        line = Line(self, service, database)
        self._lines.append(line)
        line.begin()


def _length(waiting: bytearray, has_begun: bool) -> int:
    """The length of the first message when all of it is there, else 0."""
    kind = 1 if has_begun else 0  # the message that begins a connection has no letter
    if len(waiting) < kind + 4:
        return 0
    length: int = kind + struct.unpack_from("!I", waiting, kind)[0]
    return length if len(waiting) >= length else 0


def _role(startup: bytes) -> str:
    """Which role a connection asks for by its options."""
    words = startup[8:].split(b"\0")
    options = dict(zip(words[::2], words[1::2], strict=False)).get(b"options", b"").decode()
    return options.partition("role=")[2].partition(" ")[0]


@contextmanager
def between(database: str) -> Generator[Proxy]:
    """Yield a proxy before a database: `url` is the address that leads through it."""
    proxy = Proxy(database)
    try:
        yield proxy
    finally:
        proxy.close()
