"""Forks the program from a process that has it imported: `python -m tests.support.nursery FD`.

Nearly all that a start of `allot` costs is its imports. This process does them once, and nothing
else: it has one thread, no file but its standard ones, and no socket but that by which it is asked.
Each message on that socket is an `Ask`, with the new process's stdin, stdout and stderr and a
socket for what is told of it: its id, with a descriptor of it, and how it ended. When the
socket is closed, whoever asked is gone: what still runs is ended, and so is this process.
"""

import gc
import os
import runpy
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import uvloop
from msgspec import Struct

from api.app import _reference_routes
from api.cli import main as allot
from api.serving import serve
from tests.support.forked import Ask

# A command imports some of what it needs when it runs, and has its reference written then.
IMPORTED: Final = (allot, serve, uvloop, _reference_routes())
MESSAGE_BYTES_MAX: Final = 128 * 1024
DESCRIPTORS: Final = 4
END_S: Final = 30.0


class _Child(Struct, frozen=True, kw_only=True):
    pid: int
    told: socket.socket


class Nursery:
    """Forks whenever it is asked, and tells how each ended."""

    def __init__(self, asking: socket.socket) -> None:
        """`asking` is where messages come from."""
        self._asking = asking
        self._children: dict[int, _Child] = {}
        # It keeps nothing in the kernel, which a child would share.
        self._waiting = selectors.PollSelector()
        self._waiting.register(asking, selectors.EVENT_READ)

    def run(self) -> Ask | None:
        """Return in each child what it is to become, and at last, here, nothing."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is not self._asking:
                    self._tell(key.fd)
                    continue
                message, descriptors, _, _ = socket.recv_fds(
                    self._asking, MESSAGE_BYTES_MAX, DESCRIPTORS
                )
                if not message:
                    self._end()
                    return None
                *standard, told = descriptors
                if self._fork(standard, socket.socket(fileno=told)):
                    return msgspec.json.decode(message, type=Ask)

    def _fork(self, standard: Sequence[int], told: socket.socket) -> bool:
        """Whether this is the child."""
        if len(list(Path("/proc/self/task").iterdir())) > 1:
            raise RuntimeError("a thread was begun by an import: what it holds, no child lets go")
        pid = os.fork()
        if pid:
            for descriptor in standard:
                os.close(descriptor)
            descriptor = os.pidfd_open(pid)
            self._children[descriptor] = _Child(pid=pid, told=told)
            self._waiting.register(descriptor, selectors.EVENT_READ)
            # Who has asked may be gone by now: the next message says so.
            with suppress(BrokenPipeError):
                socket.send_fds(told, [b"%d" % pid], [descriptor])
            return False
        told.close()
        for descriptor, other in self._children.items():
            os.close(descriptor)
            other.told.close()
        for place, descriptor in enumerate(standard):
            os.dup2(descriptor, place)
            os.close(descriptor)
        return True

    def _tell(self, descriptor: int) -> None:
        """Take a child that has ended off the list of processes, and say how it ended."""
        self._waiting.unregister(descriptor)
        child = self._children.pop(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(child.pid, 0)
        # Who has begun it need not wait for its end.
        with child.told, suppress(BrokenPipeError):
            child.told.send(b"%d" % os.waitstatus_to_exitcode(status))

    def _end(self) -> None:
        self._waiting.unregister(self._asking)
        deadline = time.monotonic() + END_S
        for how in (signal.SIGTERM, signal.SIGKILL):
            for descriptor in self._children:
                signal.pidfd_send_signal(descriptor, how)
            while self._children and (how == signal.SIGKILL or time.monotonic() < deadline):
                for key, _ in self._waiting.select(END_S):
                    self._tell(key.fd)


def become(ask: Ask) -> None:
    """Be the process that was asked for, to its end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # All but what the program reads when it runs stood there before the imports.
    os.environ.update(ask.environ)
    os.chdir(ask.cwd)
    sys.argv[1:] = ask.words
    runpy.run_module(ask.module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Fork until nobody asks any more."""
    # Whatever ends the session from a terminal ends this by the socket, after its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # No child looks through what was imported for what may be thrown away: not even at its end.
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        ask = Nursery(asking).run()
    if ask is not None:
        become(ask)


if __name__ == "__main__":
    main()
