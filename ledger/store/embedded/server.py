"""Start, share, stop and reset the embedded server of a data directory."""

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from ledger.store.embedded.account import account_of, inherited_name, spawn
from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.cluster import (
    clear_stale_files,
    last_words,
    major_of,
    make_cluster,
    refuse_other_major,
)
from ledger.store.embedded.copies import runnable
from ledger.store.embedded.locks import alone, lock_now, open_lock, unlock
from ledger.store.embedded.place import PORT, Place
from ledger.store.embedded.processes import POLL_S, adopt, after_the_last, end, postmaster
from ledger.store.embedded.refusals import CannotStart, ServerFailed

READY_S = 120.0
_PASSES = re.compile("the database system is|too many|terminating")
"""Why a server refuses that is starting, stopping, or has all its connections in use."""


class Durability(Enum):
    """Whether a commit is on the disk when it is answered; TEST gives that up for speed.

    With TEST a killed server still loses nothing that it answered; a crash of the machine may
    lose everything.
    """

    FULL = "full"
    TEST = "test"


def durability_of(environ: Mapping[str, str]) -> Durability:
    """Return what ALLOT_DURABILITY asks for: full when it is not set."""
    wish = environ.get("ALLOT_DURABILITY", Durability.FULL.value)
    try:
        return Durability(wish)
    except ValueError as error:
        raise CannotStart(f"ALLOT_DURABILITY is {wish!r}: say `full` or `test`.") from error


@dataclass(slots=True, kw_only=True)
class Server:
    """One use of a running server; the server ends with its last use, unless it is kept."""

    data: Path
    url: str
    started_here: bool
    _use: int | None = field(repr=False)

    def stop(self) -> bool:
        """End this use; return whether the server ended with it. Twice is once."""
        if self._use is None:
            return False
        place = Place.below(self.data)
        with alone(place.changing):
            unlock(self._use)
            self._use = None
            return _end_if_unused(place)

    def __enter__(self) -> Self:
        """Use the server within a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End this use."""
        self.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known of a data directory's server; without a cluster `major` is None."""

    pid: int | None
    url: str | None
    major: int | None
    kept: bool
    log: Path

    @property
    def running(self) -> bool:
        """Whether a postmaster lives."""
        return self.pid is not None


def start(
    data: Path,
    binaries: Binaries,
    *,
    durability: Durability = Durability.FULL,
    keep: bool = False,
) -> Server:
    """Return a use of the data directory's server, started unless it runs already.

    The server answers when this returns. `keep` lets it outlive its users, until `stop`. A
    server that runs already keeps the durability it was started with. Raises CannotStart.
    """
    place = Place.below(data)
    try:
        place.prepare()
        with alone(place.changing):
            return _share(data, place, binaries, durability, keep=keep)
    except OSError as error:
        raise CannotStart(f"PostgreSQL cannot be started in {place.directory}: {error}.") from error


def stop(data: Path) -> bool:
    """End the server whoever uses it; return whether one ran. No process is left."""
    place = Place.below(data)
    if not place.directory.exists():
        return False
    with alone(place.changing):
        return _end(place)


def stop_unused(data: Path) -> bool:
    """End the server if nobody uses it, kept or not; return whether none runs afterwards."""
    place = Place.below(data)
    if not place.directory.exists():
        return True
    with alone(place.changing):
        if not _is_free(place.users):
            return False
        _end(place)
        return True


def status(data: Path) -> Status:
    """Return what runs and what is stored; nothing is changed, nothing waits."""
    place = Place.below(data)
    pid = postmaster(place)
    return Status(
        pid=pid,
        url=None if pid is None else place.url(),
        major=major_of(place),
        kept=place.kept.exists(),
        log=place.log,
    )


def reset(data: Path) -> bool:
    """End the server and delete its cluster with everything recorded; return if there was one."""
    place = Place.below(data)
    if not place.directory.exists():
        return False
    with alone(place.changing):
        _end(place)
        existed = place.cluster.exists()
        # Renamed first: a reset that is killed half-way leaves no cluster, not half of one.
        if existed:
            if place.making.exists():
                shutil.rmtree(place.making)
            place.cluster.rename(place.making)
        if place.making.exists():
            shutil.rmtree(place.making)
        return existed


def _share(
    data: Path, place: Place, binaries: Binaries, durability: Durability, *, keep: bool
) -> Server:
    use = open_lock(place.users)
    try:
        lock_now(use, shared=True)
        # A server that is seen may be about to end; then it is not shared but started.
        runs = postmaster(place) is not None and _answers(place, lambda: postmaster(place) is None)
        if not runs:
            _start(place, binaries, durability)
            if not _answers(place, lambda: _is_free(place.alive)):
                raise ServerFailed(f"PostgreSQL ended at once: {last_words(place)}")
        if keep:
            place.kept.touch()
        return Server(data=data, url=place.url(), started_here=not runs, _use=use)
    except BaseException:
        unlock(use)
        _end_if_unused(place)
        raise


def _start(place: Place, binaries: Binaries, durability: Durability) -> None:
    if place.cluster.exists():
        refuse_other_major(place, binaries)
    account = account_of(place)
    binaries = runnable(binaries, account)
    settings = ["listen_addresses=", "unix_socket_directories=.", f"port={PORT}"]
    settings.append("unix_socket_permissions=0600")
    if durability is Durability.TEST:
        settings += ["fsync=off", "full_page_writes=off"]
    alive = after_the_last(place)
    try:
        if not place.cluster.exists():
            syncs = durability is Durability.FULL
            make_cluster(place, binaries, account, alive=alive, syncs=syncs)
        clear_stale_files(place)
        chosen = [word for setting in settings for word in ("-c", setting)]
        with (
            inherited_name(place.cluster, account) as (name, descriptors),
            place.log.open("ab") as log,
        ):
            child = spawn(
                [binaries.postgres, "-D", name, *chosen],
                account=account,
                stdout=log,
                libraries=binaries.libraries,
                inherited=[alive, *descriptors],
            )
        adopt(child)
    finally:
        # The server has its own copy, and the lock lasts until its last process ends.
        os.close(alive)


def _answers(place: Place, ended: Callable[[], bool]) -> bool:
    """Wait until the server answers; return False when it ended before it did."""
    deadline = time.monotonic() + READY_S
    while True:
        try:
            psycopg.connect(place.url()).close()
        except psycopg.OperationalError as error:
            if ended():
                return False
            if _is_for_good(str(error)):
                raise ServerFailed(f"PostgreSQL lets nobody in: {error}") from error
            if time.monotonic() > deadline:
                raise ServerFailed(f"PostgreSQL does not answer: {error}") from error
            time.sleep(POLL_S)
        else:
            return True


def _is_for_good(failure: str) -> bool:
    """Whether a server that refuses will go on to: what the environment asks of it is wrong."""
    refused = "FATAL" in failure and not _PASSES.search(failure)
    return refused or "definition of service" in failure


def _end_if_unused(place: Place) -> bool:
    return not place.kept.exists() and _is_free(place.users) and _end(place)


def _is_free(lock: Path) -> bool:
    descriptor = open_lock(lock)
    try:
        return lock_now(descriptor)
    finally:
        os.close(descriptor)


def _end(place: Place) -> bool:
    ran = end(place)
    place.kept.unlink(missing_ok=True)
    return ran
