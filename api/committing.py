"""The process that decides, beside the doors: `python -m api.committing`.

Its standard input is a socket, over which asks come and answers go. It answers everything that
came and ends when nothing more can come: when the doors close, or are gone.
"""

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from api.decisions.wire import Frames, Standing, answered, asks_of, decode_asked, framed
from api.ending import end_with_any_thread, end_within
from api.snapshots import Snapshots
from api.speaking import speak
from api.tidying import tidied
from ledger.asks import Answer
from ledger.committer import Committer
from ledger.replies import BROKEN
from ledger.store.log import PostgresLog

if TYPE_CHECKING:
    from api.decisions.desk import Committing  # and with it all of the doors

LOOK_S: Final = 0.1
SAY_S: Final = 1.0
"""It is said at least so often how it stands, so that a silence is noticed."""
END_S: Final = 15.0
"""So long what came is judged and stored after the end; a database may be away for longer."""
_PIECE: Final = 1 << 18
_log = structlog.get_logger()


class Outbox:
    """What is said to the doors: whole frames, one behind the other, whichever thread says it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._frames: list[bytes] = []
        self._is_heard = True

    def put(self, number: int, answers: Sequence[Answer]) -> None:
        """Keep answers until those given together are sent. For the committer's thread."""
        self._frames.append(answered(number, answers))

    def flush(self) -> None:
        """Send what was kept. For the committer's thread."""
        frames, self._frames = self._frames, []
        if frames:
            self.send(b"".join(frames))

    def send(self, frames: bytes) -> None:
        """Send frames; when the doors are gone, what is recorded stays so, and nobody hears."""
        with self._lock:
            if not self._is_heard:
                return
            try:
                self._line.sendall(frames)
            except OSError as gone:
                self._is_heard = False
                _log.warning("the doors are gone: nobody hears the answers", why=str(gone))


def run(url: str, line: socket.socket) -> None:
    """Judge what comes over a line until nothing more comes, and answer all of it."""
    outbox = Outbox(line)
    is_ending = threading.Event()
    with PostgresLog(url) as log, tidied() as after:

        def told(count: int) -> None:
            outbox.flush()
            after(count)

        snapshots = Snapshots(url, log)
        committer = Committer(log, prepare=snapshots.keep_up, told=told)
        standing = threading.Thread(
            target=_say_standing, args=(committer.trouble, outbox, is_ending), name="standing"
        )
        committer.start()
        standing.start()
        try:
            hand_in(line, committer, outbox)
        finally:
            end_within(END_S)
            snapshots.stop()
            committer.stop()
            is_ending.set()
            standing.join()


def hand_in(line: socket.socket, committer: "Committing", outbox: Outbox) -> None:
    """Have what comes over a line judged, until nothing more comes."""
    frames = Frames()
    while piece := _piece(line):
        for frame in frames.take(piece):
            asked = decode_asked(frame)
            try:
                asks = asks_of(asked)
            except msgspec.MsgspecError:
                _log.exception("asks that the doors took cannot be read")
                outbox.send(answered(asked.number, [BROKEN.told(None)] * asked.count))
            else:
                committer.submit_many(asks, partial(outbox.put, asked.number))


def _piece(line: socket.socket) -> bytes:
    """What comes next; nothing when the doors closed the line, or are gone."""
    try:
        return line.recv(_PIECE)
    except ConnectionResetError:  # what was said to them last was never read
        return b""


def _say_standing(
    trouble: Callable[[], str | None], outbox: Outbox, is_ending: threading.Event
) -> None:
    """Say how the committer stands whenever that changes, and now and then."""
    said: str | None = None
    silent_s = SAY_S
    while True:
        now = trouble()
        if now != said or silent_s >= SAY_S:
            outbox.send(framed(Standing(now)))
            said, silent_s = now, 0.0
        if is_ending.wait(LOOK_S):
            return
        silent_s += LOOK_S


def main() -> None:
    """Decide for the doors, on the log of ALLOT_DATABASE_URL."""
    speak()
    end_with_any_thread()
    # Who is told to end are the doors: when all are answered, they close the line.
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, signal.SIG_IGN)
    gc.freeze()  # what was imported stays: nobody looks through it again
    with socket.socket(fileno=0) as line:
        run(os.environ["ALLOT_DATABASE_URL"], line)


if __name__ == "__main__":
    main()
