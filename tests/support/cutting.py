"""A wire between a client and its PostgreSQL that can be cut at a moment of one's choice."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
"""What the server says when a transaction is kept (protocol 3.0, CommandComplete)."""
READY = b"Z\x00\x00\x00\x05I"
"""What it says behind all that was sent as one, once that is kept (ReadyForQuery, idle)."""


class Wire:
    """Connections to a server by way of here. `cuts` of the next messages like `at` are cut off.

    What the server said by then never arrives; the client sees its connection end.
    """

    def __init__(self, server: str, listening: socket.socket) -> None:
        self.at = COMMITTED
        self.cuts = 0
        self._server = server
        self._listening = listening
        self._threads: list[threading.Thread] = []

    def accept(self) -> None:
        """Carry connections until the wire is taken down."""
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._carry(client, server, lambda _: False)
                self._carry(server, client, self._is_cut)

    def _carry(
        self, source: socket.socket, target: socket.socket, is_cut: Callable[[bytes], bool]
    ) -> None:
        def carry() -> None:
            with suppress(OSError):
                while (sent := source.recv(65_536)) and not is_cut(sent):
                    target.sendall(sent)
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            source.close()

        thread = threading.Thread(target=carry)
        self._threads.append(thread)
        thread.start()

    def _is_cut(self, sent: bytes) -> bool:
        if self.cuts and self.at in sent:
            self.cuts -= 1
            return True
        return False

    def join(self) -> None:
        """Wait for the last connection to end."""
        for thread in self._threads:
            thread.join()


@contextmanager
def wired(address: str) -> Generator[tuple[str, Wire]]:
    """Yield another address of the same database, and the wire that it goes by."""
    host = conninfo_to_dict(address)["host"]
    port = conninfo_to_dict(address).get("port", "5432")
    place = Path(tempfile.mkdtemp(prefix="allot-wire-"))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(place / f".s.PGSQL.{port}"))
    listening.listen()
    wire = Wire(f"{host}/.s.PGSQL.{port}", listening)
    accepting = threading.Thread(target=wire.accept)
    accepting.start()
    try:
        yield make_conninfo(address, host=str(place)), wire
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        wire.join()
        shutil.rmtree(place)
