"""UmaDB, a store made for decisions that span entities: each move is one conditional append.

Its server, from its wheel, runs beside on loopback. A move reads what is new about the source,
and is appended on condition that nothing about the source has come in between.
"""

import itertools
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import umadb

from tests.benchmarks.peers.accounts import NotEnough

READY_S = 10.0
_encoder = msgspec.json.Encoder()


class Moved(msgspec.Struct, frozen=True):
    """The one event of a move; an opening has no source."""

    source: str
    target: str
    quantity: int
    reason: str


_decoder = msgspec.json.Decoder(Moved)


class Moves:
    """Moves quantities between units; what is known of each is kept, and read on."""

    def __init__(self, url: str) -> None:
        self._client = umadb.Client(url)
        self._known: dict[str, tuple[int, int]] = {}
        self.conflicts = 0

    def open(self, units: Sequence[str], quantity: int) -> None:
        """Let each unit have a quantity."""
        opened = [Moved("", unit, quantity, "") for unit in units]
        for start in range(0, len(opened), 100):
            self._client.append([_event(one) for one in opened[start : start + 100]])

    def reallocate(self, source: str, target: str, quantity: int, reason: str) -> int:
        """Move, and return the event's position. A conflict is tried again."""
        moved = _event(Moved(source, target, quantity, reason))
        about = umadb.Query([umadb.QueryItem(tags=[source])])
        for _ in itertools.count():
            position, held = self._held(source, about)
            if held < quantity:
                raise NotEnough
            condition = umadb.AppendCondition(about, after=position)
            try:
                return self._client.append([moved], condition)
            except umadb.IntegrityError:
                self.conflicts += 1
        raise AssertionError

    def stored(self) -> int:
        """How many events there are."""
        return self._client.head() or 0

    def _held(self, unit: str, about: umadb.Query) -> tuple[int, int]:
        position, held = self._known.get(unit, (0, 0))
        for one in self._client.read(about, start=position + 1):
            moved = _decoder.decode(one.event.data)
            held += moved.quantity if moved.target == unit else -moved.quantity
            position = one.position
        self._known[unit] = position, held
        return position, held


def _event(moved: Moved) -> umadb.Event:
    tags = [unit for unit in (moved.source, moved.target) if unit]
    return umadb.Event("moved", _encoder.encode(moved), tags, uuid.uuid4())


@contextmanager
def moves_of_umadb(units: Sequence[str], quantity: int) -> Generator[Moves]:
    """Yield the application on a server of its own, with its defaults, with units opened."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory(prefix="allot-bench-umadb-") as kept:
        words = ["--listen", address, "--db-path", str(Path(kept) / "uma.db")]
        with subprocess.Popen(
            [sys.executable, "-c", "from umadb.umadb_server_cli import main; main()", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        ) as server:  # fmt: skip
            try:
                moves = _reached(f"http://{address}")
                moves.open(units, quantity)
                yield moves
            finally:
                server.terminate()


def _reached(url: str) -> Moves:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            moves = Moves(url)
            moves.stored()
        except umadb.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return moves
