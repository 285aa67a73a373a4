"""A disk without room: a clear 503, reads that go on, and nothing lost once there is room again."""

import errno
import resource
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from ledger.store.embedded.binaries import Binaries
from tests.cli.running import FOUNDER
from tests.faults.aftermath import aftermath
from tests.faults.house import House, house
from tests.faults.writers import Writer, furnished, writing
from tests.support.committing import until
from tests.support.people import Person

CREW = 8
FEW = 400
"""Rows of attempts that failed, which come while it is looked."""
FILE_BYTES_MAX = 16 * 1024 * 1024
"""A file of the server's own log (WAL) has just so many."""
DISK_BYTES = 192 * 1024 * 1024
# Four of these rows leave no room in a page, and none is large enough to be kept elsewhere.
FILL = """
INSERT INTO ledger.receipts (person, key, fingerprint, status, body, position)
     SELECT 'filler', gen_random_uuid()::text, sha256(''), 409,
            convert_to(repeat('x', 1860), 'UTF8'), 0
       FROM generate_series(1, %s)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """Yield a directory for a server; short: the socket needs no link."""
    with tempfile.TemporaryDirectory(prefix="allot-full-") as place:
        yield Path(place)


@contextmanager
def small_files() -> Generator[None]:
    """What is started meanwhile can make no file larger than that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(place: Path) -> Generator[None]:
    """A disk of its own for a directory, in memory: only root may mount it."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "none", place], check=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def fill_receipts(owner: psycopg.Connection, rows: int) -> None:
    """Add so many at a time until there is no room for them."""
    while True:
        try:
            owner.execute(FILL, (rows,))
        except psycopg.Error as full:
            if "could not extend" not in str(full):
                raise
            return


def has_swept(owner: psycopg.Connection) -> bool:
    """Whether what was deleted takes no more room: rows that somebody may still see stay."""
    owner.execute("VACUUM ledger.receipts")
    dead = owner.execute("SELECT pg_stat_get_dead_tuples('ledger.receipts'::regclass)").fetchone()
    return dead is not None and dead[0] < FEW


def fill_disk(ballast: Path) -> None:
    """Let a file take all the room there is."""
    block = bytes(64 * 1024)
    with ballast.open("wb", buffering=0) as heavy:
        while True:
            try:
                heavy.write(block)
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise
                return


def end_log_file(address: str) -> None:
    """Let the server need a new file for its own log; without room for one, it ends."""
    with suppress(psycopg.OperationalError), psycopg.connect(address, autocommit=True) as owner:
        owner.execute("SELECT pg_switch_wal()")


def each_has_more(writers: list[Writer]) -> Callable[[], bool]:
    """Whether each has been answered since."""
    before = [len(writer.told) for writer in writers]
    return lambda: all(len(w.told) > n for w, n in zip(writers, before, strict=True))


def survived(
    standing: House, fill: Callable[[], None], free: Callable[[], None], reads: int = 200
) -> str:
    """Fill the disk under load and free it again, and hold what is left to every promise.

    `reads` says what a read is answered meanwhile.
    """
    standing.open()
    lab = furnished(standing.url)
    with writing(lambda: standing.url, lab, "full", CREW) as writers:
        until(each_has_more(writers))
        fill()
        until(lambda: all(writer.put_off for writer in writers))
        person = Person(standing.url, FOUNDER)
        looked = person.look("/v1/events?limit=10")
        person.hang_up()
        free()
        until(each_has_more(writers))
    left = aftermath(standing.url, standing.address, writers)
    assert left.complaints() == []
    assert looked[0] == reads
    assert left.put_off
    return left.figures(1)


def test_tables_that_cannot_grow_put_off_decisions_and_lose_none(
    directory: Path, postgres_binaries: Binaries, tell: Callable[[str], None]
) -> None:
    with small_files():
        standing = House(directory, postgres_binaries, {})

    def fill() -> None:
        with psycopg.connect(standing.address, autocommit=True) as owner:
            for rows in (400, 20, 1):
                fill_receipts(owner, rows)

    def free() -> None:
        with psycopg.connect(standing.address, autocommit=True) as owner:
            owner.execute("SET session_replication_role = replica")
            owner.execute("DELETE FROM ledger.receipts WHERE person = 'filler'")
            until(lambda: has_swept(owner))

    try:
        tell(survived(standing, fill, free))
    finally:
        standing.close()


@pytest.mark.slow
@pytest.mark.parametrize("wal_too", [False, True], ids=["tables", "and the server's own log"])
def test_a_full_disk_puts_off_decisions_and_loses_none(
    directory: Path, postgres_binaries: Binaries, tell: Callable[[str], None], wal_too: bool
) -> None:
    ballast = directory / "ballast"
    with small_disk(directory), house(directory, postgres_binaries) as standing:

        def fill() -> None:
            fill_disk(ballast)
            if wal_too:
                end_log_file(standing.address)

        def free() -> None:
            ballast.unlink()
            standing.start_server()

        tell(survived(standing, fill, free, reads=503 if wal_too else 200))
