"""The program as processes of its own that need no time to import it: forked, not started anew."""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final, Protocol

import msgspec
from msgspec import Struct

from tests.house.tree import TOP

OWN: Final = "ALLOT_"
"""What the program reads when it runs; of all else some may be read when it is imported."""
TOLD_BYTES_MAX: Final = 64


class Ask(Struct, frozen=True, kw_only=True):
    """What is to be run: `python -m MODULE WORDS`, there, with that environment and no other."""

    module: str
    words: Sequence[str]
    cwd: str
    environ: Mapping[str, str]


class Process(Protocol):
    """A process as `subprocess.Popen` shows it, so far as tests look at it."""

    pid: int
    stdout: IO[str] | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Forked:
    """A process that was forked from the nursery, which tells of it."""

    def __init__(self, ask: Ask, told: socket.socket, stdout: IO[str]) -> None:
        """`told` says its id and, at last, its exit code; `stdout` is what it writes there."""
        self._ask = ask
        self._told = told
        message, descriptors, _, _ = socket.recv_fds(told, TOLD_BYTES_MAX, 1)
        if not message:
            raise RuntimeError("the nursery has ended: see its words on stderr")
        self.pid = int(message)
        (self._descriptor,) = descriptors
        self.stdout: IO[str] | None = stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs; minus a signal when that ended it."""
        return self._heard(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, once it has ended; raises subprocess.TimeoutExpired."""
        code = self._heard(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self._ask.words, timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            # The nursery may bury it meanwhile; no other process is hit then.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, sig)

    def terminate(self) -> None:
        """End it as an operator would."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it as it stands."""
        self.send_signal(signal.SIGKILL)

    def _heard(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                message = self._told.recv(TOLD_BYTES_MAX)
            except (TimeoutError, BlockingIOError):
                return None
            self._told.close()
            os.close(self._descriptor)
            self.returncode = int(message)
        return self.returncode


def fork(module: str, *words: str, environ: Mapping[str, str]) -> Forked:
    """Run a module from the top as a process of its own, with just this environment.

    Its stdin is empty, its stderr ours.
    """
    ask = Ask(module=module, words=words, cwd=str(TOP), environ=environ)
    nursery = _nursery(tuple(sorted(i for i in environ.items() if not i[0].startswith(OWN))))
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    readable, writable = os.pipe()
    with its, Path(os.devnull).open() as nothing, os.fdopen(writable, "w") as stdout:
        descriptors = [nothing.fileno(), stdout.fileno(), 2, its.fileno()]
        socket.send_fds(nursery, [msgspec.json.encode(ask)], descriptors)
    return Forked(ask, ours, os.fdopen(readable))


@cache
def _nursery(environ: tuple[tuple[str, str], ...]) -> socket.socket:
    """Where to ask for processes: everything imported had this environment before it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery", str(its.fileno())],
            cwd=TOP, env=dict(environ), pass_fds=[its.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    atexit.register(_close, ours, process)
    return ours


def _close(asking: socket.socket, process: subprocess.Popen[bytes]) -> None:
    asking.close()
    process.wait()
