"""Make a cluster, whole or not at all, and clear what a killed server left in it."""

import os
import shutil
import subprocess
from collections.abc import Generator, Sequence
from importlib import resources
from pathlib import Path

from ledger.store.embedded.account import Account, inherited_name, spawn
from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.place import ROLE, SOCKET, Place
from ledger.store.embedded.refusals import OtherMajorVersion, ServerFailed

LOG_LINES = 12


def make_cluster(
    place: Place, binaries: Binaries, account: Account | None, *, alive: int, syncs: bool
) -> None:
    """Make the cluster with its role and database beside its final name, then rename it.

    Whatever an earlier, killed maker left is removed first and never used. Text is ordered by
    its bytes (locale C), so that order does not depend on the machine.
    """
    if place.making.exists():
        shutil.rmtree(place.making)
    place.making.mkdir(mode=0o700)
    if account is not None:
        os.chown(place.making, account.uid, account.gid)
    with inherited_name(place.making, account) as (name, descriptors), place.log.open("ab") as log:
        for command, words in _steps(binaries, name, syncs=syncs):
            child = spawn(
                command,
                account=account,
                stdin=subprocess.PIPE,
                stdout=log,
                libraries=binaries.libraries,
                # With the lock, a starter that is killed now leaves a maker that can be found.
                inherited=[alive, *descriptors],
            )
            _finish(child, words, place)
    place.making.rename(place.cluster)
    if syncs:
        _sync(place)


def refuse_other_major(place: Place, binaries: Binaries) -> None:
    """Raise OtherMajorVersion unless these binaries can read the cluster."""
    made_by = major_of(place)
    if made_by != binaries.major:
        raise OtherMajorVersion(
            f"The cluster in {place.directory} was made by PostgreSQL {made_by}, and the one"
            f" found ({binaries.origin}) is PostgreSQL {binaries.major}, which cannot read it: set"
            f" ALLOT_PG_BIN to the programs of a PostgreSQL {made_by}, or `allot export` with"
            " those and import into a new data directory."
        )


def major_of(place: Place) -> int | None:
    """Return the major version that made the cluster, or None when there is no cluster."""
    if not place.cluster.exists():
        return None
    return int((place.cluster / "PG_VERSION").read_text())


def clear_stale_files(place: Place) -> None:
    """Remove the lock files of a server of which no process is left.

    PostgreSQL trusts their pid when any process of its user has it, a zombie included.
    """
    for name in ("postmaster.pid", SOCKET, f"{SOCKET}.lock"):
        (place.cluster / name).unlink(missing_ok=True)


def last_words(place: Place) -> str:
    """Return the end of the server's log."""
    if not place.log.exists():
        return "(no log)"
    return "\n".join(place.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


def _steps(
    binaries: Binaries, name: str, *, syncs: bool
) -> Generator[tuple[Sequence[Path | str], bytes]]:
    initdb = [binaries.initdb, "-D", name, f"--username={ROLE}", "--encoding=UTF8", "--no-locale"]
    initdb += ["--auth-local=trust", "--auth-host=reject", "--data-checksums"]
    yield [*initdb, *([] if syncs else ["--no-sync"])], b""
    # Single-user mode; with -j a statement may span lines and ends with an empty one.
    single = [binaries.postgres, "--single", "-j", "-D", name, "-c", "exit_on_error=true"]
    statement = resources.files("ledger.store.embedded").joinpath("create_database.sql")
    yield (
        [*single, "-c", f"fsync={'on' if syncs else 'off'}", "postgres"],
        statement.read_bytes(),
    )


def _finish(child: subprocess.Popen[bytes], words: bytes, place: Place) -> None:
    try:
        child.communicate(words)
    except BaseException:
        child.kill()
        child.wait()
        raise
    if child.returncode != 0:
        raise ServerFailed(f"The cluster could not be made: {last_words(place)}")


def _sync(place: Place) -> None:
    descriptor = os.open(place.directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
