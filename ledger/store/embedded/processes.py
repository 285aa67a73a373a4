"""Which processes of a server live, and how they are brought to an end."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from ledger.store.embedded.locks import lock_now, open_lock
from ledger.store.embedded.place import Place
from ledger.store.embedded.refusals import ServerFailed

PROC = Path("/proc")
PROGRAMS = ("postgres", "initdb")
POLL_S = 0.01
LEAVE_S = 3.0  # orphaned backends end by themselves when they next wait for anything
SHUTDOWN_S = 60.0
KILL_S = 10.0

# A child that ended stays a zombie until its parent asks; Popen objects are kept to ask.
_children: dict[int, subprocess.Popen[bytes]] = {}


def adopt(child: subprocess.Popen[bytes]) -> None:
    """Remember a server that this process started, so that its end is noticed."""
    _children[child.pid] = child


def reap() -> None:
    """Let go of children that ended."""
    for pid, child in tuple(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)


def postmaster(place: Place) -> int | None:
    """Return the pid of the cluster's live postmaster.

    The pid in postmaster.pid alone proves nothing: it may be a zombie's, or be somebody
    else's by now. A live postmaster works in its cluster.
    """
    reap()
    try:
        first = (place.cluster / "postmaster.pid").read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    if not first.isdecimal():
        return None
    return int(first) if _works_for(int(first), place) else None


def _works_for(pid: int, place: Place) -> bool:
    """Whether a process is PostgreSQL's, and works in the cluster or inherited its lock."""
    if not PROC.is_dir():
        return _exists(pid)
    process = PROC / str(pid)
    ours = [path.stat() for path in (place.cluster, place.alive) if path.exists()]

    def is_ours(held: Path) -> bool:
        try:
            found = held.stat()
        except FileNotFoundError:
            return False  # it was closed since it was listed, which says nothing of the others
        return any(os.path.samestat(found, our) for our in ours)

    try:
        if (process / "comm").read_text().strip() not in PROGRAMS:
            return False
        return is_ours(process / "cwd") or any(map(is_ours, (process / "fd").iterdir()))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        # It ended, is a zombie, or belongs to an account that cannot run this cluster.
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def workers(place: Place) -> tuple[int, ...]:
    """Return the pids of all processes of PostgreSQL that work in the place (Linux)."""
    pids = (int(entry.name) for entry in PROC.glob("[0-9]*"))
    return tuple(pid for pid in pids if _works_for(pid, place))


def end(place: Place) -> bool:
    """End the server: fast, then at once, then by force; return whether one ran.

    No process of it is left afterwards, or ServerFailed is raised.
    """
    pid = postmaster(place)
    descriptor = open_lock(place.alive)
    try:
        if pid is not None:
            for kind, patience_s in ((signal.SIGINT, SHUTDOWN_S), (signal.SIGQUIT, KILL_S)):
                _signal(pid, kind)
                if _wait_for(lambda: _all_gone(place, descriptor), patience_s):
                    break
    finally:
        os.close(descriptor)
    os.close(after_the_last(place))
    return pid is not None


def after_the_last(place: Place) -> int:
    """Wait until no process of the server is left, and return the lock that says so, held.

    Those that outlive a killed postmaster are killed too: they hold its shared memory, and
    the next start recovers from the log in any case. The caller makes sure that there is no
    live postmaster, closes the descriptor, or hands it on to a new server.
    """
    descriptor = open_lock(place.alive)
    if _wait_for(lambda: _all_gone(place, descriptor), LEAVE_S):
        return descriptor
    left = workers(place)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    if _wait_for(lambda: _all_gone(place, descriptor), KILL_S):
        return descriptor
    os.close(descriptor)
    raise ServerFailed(
        f"Processes of an earlier server in {place.directory} do not end: {workers(place)}."
    )


def _all_gone(place: Place, descriptor: int) -> bool:
    reap()
    return lock_now(descriptor) and not workers(place)


def _signal(pid: int, kind: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended by itself, which is what we want
        os.kill(pid, kind)


def _wait_for(is_so: Callable[[], bool], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
