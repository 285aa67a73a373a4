"""The committer as a process of its own, seen from the doors: asks go out, answers come back."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, cast

import structlog
from starlette.concurrency import run_in_threadpool

from api.decisions.wire import Answered, Frames, answers_of, asked, decode_said
from api.pausing import Pauses
from ledger.asks import Answer, Put
from ledger.intake import Done
from ledger.replies import STOPPING, Failure

TOGETHER: Final = 8
"""So many asks are sent off at once at most: the first are judged while more come in."""
SILENT_S: Final = 5.0
"""To have heard nothing for so long is trouble: it says every second how it stands."""
END_S: Final = 20.0
"""Longer than it takes to end by itself once it was told to."""
LOST: Final = Failure(503, "Unavailable", "The process that decides has ended")
_log = structlog.get_logger()


class _Line(asyncio.Protocol):
    """The socket between both."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._frames = Frames()
        self.ended = asyncio.Event()
        self.why: Exception | None = None

    def data_received(self, data: bytes) -> None:
        """Take in a piece."""
        for frame in self._frames.take(data):
            self._heard(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nobody at the other end any more."""
        self.why = exc
        self.ended.set()


class CommitterApart:
    """Hands asks to the process that decides, and starts another when it ends.

    What it has not answered when it ends is answered with 503: it may be recorded or not, and the
    key tells. For the loop's thread, but for `trouble`.
    """

    def __init__(self, url: str) -> None:
        """Take the address of the database."""
        self._environment = {**os.environ, "ALLOT_DATABASE_URL": url}
        self._waiting: dict[int, tuple[Sequence[Answer], Done]] = {}
        """By their numbers, what is told in place of answers that do not come, and to whom."""
        self._number = 0
        self._leaving: list[bytes] = []
        self._transport: asyncio.WriteTransport | None = None
        self._stopping = asyncio.Event()
        self._trouble: str | None = "has not begun"
        self._heard_at = time.monotonic()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process; what is asked from now on waits for it. Raises OSError."""
        line, process = await self._begin()
        self._running = asyncio.create_task(self._run(line, process))

    async def stop(self) -> None:
        """Have everything answered that was asked, and return when the process has ended."""
        self._flush()
        self._stopping.set()
        self._say_no_more()
        if self._running is not None:
            await self._running

    def trouble(self) -> str | None:
        """Why commands are not taken at the moment, in words; None when they are."""
        silent_s = time.monotonic() - self._heard_at
        if self._trouble is None and silent_s > SILENT_S:
            return f"its process has said nothing for {silent_s:.0f} s"
        return self._trouble

    def submit(self, ask: Put, done: Callable[[Answer], None]) -> None:
        """Queue one ask."""
        self.submit_many((ask,), lambda answers: done(answers[0]))

    def submit_many(self, asks: Sequence[Put], done: Done) -> None:
        """Queue asks that are judged in this order; `done` is called once with all answers."""
        if self._stopping.is_set() or self._way() is None:
            why = STOPPING if self._stopping.is_set() else LOST
            done([why.told(ask) for ask in asks])
            return
        self._number += 1
        frame = asked(self._number, asks)  # what cannot be written is not waited for
        self._waiting[self._number] = [LOST.told(ask) for ask in asks], done
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._flush)
        self._leaving.append(frame)
        if len(self._leaving) >= TOGETHER:
            self._flush()

    def _flush(self) -> None:
        leaving, self._leaving = self._leaving, []
        way = self._way()
        if leaving and way is not None:
            way.write(b"".join(leaving))

    def _say_no_more(self) -> None:
        way = self._way()
        if way is not None:
            way.write_eof()

    def _way(self) -> asyncio.WriteTransport | None:
        """What leads to the process; None once it leads nowhere.

        A write that fails closes it at once, and `_give_up` answers what waits a turn later.
        """
        way = self._transport
        return None if way is None or way.is_closing() else way

    def _heard(self, frame: bytes) -> None:
        said = decode_said(frame)
        self._heard_at = time.monotonic()
        if isinstance(said, Answered):
            _, done = self._waiting.pop(said.number)
            done(answers_of(said))
        else:
            self._trouble = said.trouble

    async def _begin(self) -> tuple[_Line, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await run_in_threadpool(self._popen, theirs)
        transport, line = await asyncio.get_running_loop().create_connection(
            lambda: _Line(self._heard), sock=ours
        )
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._heard_at = time.monotonic()
        if self._stopping.is_set():
            self._say_no_more()
        return line, process

    def _popen(self, line: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "api.committing"],
            stdin=line.fileno(),
            env=self._environment,
            start_new_session=True,
        )

    async def _run(self, line: _Line, process: subprocess.Popen[bytes]) -> None:
        """See each process to its end, and start another, until told to stop."""
        pauses = Pauses()
        begun: tuple[_Line, subprocess.Popen[bytes]] | None = line, process
        while begun is not None:
            line, process = begun
            began = time.monotonic()
            await line.ended.wait()
            self._give_up()
            code = await run_in_threadpool(_bury, process)
            if not self._stopping.is_set():
                said = "the process that decides ended: another follows"
                _log.warning(said, code=code, why=line.why)
            begun = await self._begin_again(pauses, time.monotonic() - began)

    async def _begin_again(
        self, pauses: Pauses, ran_s: float
    ) -> tuple[_Line, subprocess.Popen[bytes]] | None:
        """Start another process after a pause; None when told to stop before."""
        while not await self._stops_within(pauses.after(ran_s)):
            try:
                return await self._begin()
            except OSError as refused:
                _log.warning("no process that decides can be started", why=str(refused))
        return None

    async def _stops_within(self, pause_s: float) -> bool:
        try:
            async with asyncio.timeout(pause_s):
                return await self._stopping.wait()
        except TimeoutError:
            return False

    def _give_up(self) -> None:
        """Answer what nobody will answer any more."""
        self._trouble = "its process has ended"
        self._transport = None
        lost, self._waiting, self._leaving = self._waiting, {}, []
        for instead, done in lost.values():
            done(instead)


def _bury(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process that has hung up, though not for ever; returns how it ended."""
    with process:
        try:
            return process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
