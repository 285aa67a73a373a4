"""A directory for each session that runs a server; what killed sessions left is cleared away."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ledger.store.embedded.locks import alone, lock_now, unlock
from ledger.store.embedded.server import stop_unused

# Short, so that the socket of a server below needs no link.
PREFIX = f"allot-tests-{os.geteuid()}"


@contextmanager
def claimed(parent: Path) -> Generator[Path]:
    """Yield a directory of this session alone, which is removed after the block.

    Directories are made, cleared and removed by one session at a time, and each is locked from
    then until it is removed or its session is dead, when the kernel lets go. So whoever finds
    one that nobody has locked is the only one to see it, and nobody will ever use it again.
    """
    turn = parent / f"{PREFIX}.lock"
    with alone(turn):
        for found in parent.glob(f"{PREFIX}-*"):
            _clear_if_dead(found)
        directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}-", dir=parent))
        claim = _opened(directory)
        assert lock_now(claim), "nobody else can have seen it"
    try:
        yield directory
    finally:
        with alone(turn):
            shutil.rmtree(directory)
            unlock(claim)


def _clear_if_dead(directory: Path) -> None:
    claim = _opened(directory)
    try:
        # A session that is killed cannot stop its server, which goes on without it.
        if lock_now(claim) and stop_unused(directory):
            shutil.rmtree(directory)
    finally:
        os.close(claim)


def _opened(directory: Path) -> int:
    return os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
