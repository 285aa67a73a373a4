"""Serve the doors until told to stop; beside them a process that decides, and the follower."""

import asyncio
import gc
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.connections import Doors, held_at_most
from api.ending import end_within
from api.observing import Metrics
from api.pausing import Pauses
from api.running import Running
from api.settings import Settings

_log = structlog.get_logger()
_END_S: Final = 15.0
_BACKLOG: Final = 2048
_LOOK_S: Final = 1.0
_LAST_WORDS_S: Final = 2
_FILES_BESIDE: Final = 256
"""What a process has open besides its callers' connections, with room to spare."""


def serve(
    settings: Settings,
    *,
    with_follower: bool = True,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; then answer what is under way, and return.

    `ready` is told the address once requests are answered; port 0 picks a free one. Raises
    OSError when the port is taken.
    """
    _make_room(held_at_most(settings) + _FILES_BESIDE)
    app = create_app(settings, is_apart=settings.decides_apart)
    gc.freeze()  # what was imported stays: nobody looks through it again, least of all at the end
    with ExitStack() as ending:
        listening = ending.enter_context(_listen(settings))
        if with_follower:
            follower = FollowerProcess(settings)
            ending.callback(follower.stop)
            follower.start()
        server = _Server(app, settings, ready, address_of(settings, listening))
        server.run(sockets=[listening])
    if server.failed_to_start:
        raise RuntimeError("the doors did not open: see the log above")


def _make_room(files: int) -> None:
    """Let this process have so many files open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    can = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < can:
        resource.setrlimit(resource.RLIMIT_NOFILE, (can, hard))
    if can < files:
        _log.warning("fewer files than ALLOT_CONNECTIONS_MAX asks for", may=can, asked=files)


def address_of(settings: Settings, listening: socket.socket) -> str:
    """The URL that a socket answers at."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listening.getsockname()[1]}"


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)


class _Server(uvicorn.Server):
    """uvicorn's server, which tells when it is ready and lets go of who waits when it ends."""

    def __init__(
        self, app: FastAPI, settings: Settings, ready: Callable[[str], None] | None, url: str
    ) -> None:
        self._metrics: Metrics = app.state.metrics
        self._doors = Doors(
            app,
            settings,
            self._metrics,
            self._head,
            loop="uvloop",
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            log_level="warning",
            timeout_graceful_shutdown=settings.drain_s + _LAST_WORDS_S,
            backlog=_BACKLOG,
        )
        super().__init__(self._doors)
        self._app = app
        self._ready = ready
        self._url = url
        self._drain_s = settings.drain_s
        self._looking: asyncio.Task[None] | None = None
        self._metrics.connections.set_function(lambda: len(self._doors.open))
        self.failed_to_start = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in order, in the time that this may take; a second Ctrl-C does not cut it short."""
        if not self.should_exit:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the doors and say so."""
        await super().startup(sockets=sockets)
        self.failed_to_start = not self.started
        self._looking = asyncio.create_task(self._look())
        if self.started and self._ready is not None:
            await asyncio.to_thread(self._ready, self._url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End live streams, and waits for what may not come; then wait for the answers."""
        running: Running = self._app.state.running
        running.tail.close()
        running.waiting.close()
        letting_go = asyncio.get_running_loop().call_later(self._drain_s, running.desk.let_go)
        end_within(self._drain_s + _END_S)
        await super().shutdown(sockets=sockets)
        letting_go.cancel()
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            now = time.monotonic()
            for connection in tuple(self._doors.open):
                connection.look(now)

    def _head(self) -> int:
        return self._app.state.running.head()


class FollowerProcess:
    """Runs the follower as a process of its own, and starts it again when it ends.

    The process ends with this one, however this one ends: it sees its standard input close.
    """

    def __init__(self, settings: Settings) -> None:
        self._environment = {**os.environ, "ALLOT_DATABASE_URL": settings.database_url}
        self._stopping = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="follower", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._changing = threading.Lock()

    def start(self) -> None:
        """Start it, and watch it."""
        self._watching.start()

    def stop(self) -> None:
        """End it, and return when it has ended."""
        self._stopping.set()
        with self._changing:
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._watching.join()

    def _watch(self) -> None:
        pauses = Pauses()
        while not self._stopping.is_set():
            with self._changing:
                if self._stopping.is_set():
                    return
                process = self._process = self._begin()
            began = time.monotonic()
            code = None
            if process is not None:
                with process:
                    code = process.wait()
            pause = pauses.after(time.monotonic() - began)
            if not self._stopping.is_set():
                _log.warning("no follower runs: another is started", code=code, after_s=pause)
                self._stopping.wait(pause)

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """The follower's process; None, and it is said why, when none can be started."""
        try:
            return subprocess.Popen(
                [sys.executable, "-m", "api.following"],
                stdin=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as refused:
            _log.warning("no follower can be started", why=str(refused))
            return None
