"""Copy binaries to where an unprivileged account can run them, when it cannot where they are."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ledger.store.embedded.account import Account, spawn
from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.refusals import CannotStart

PARTS = ("bin", "lib", "share")


def caches() -> tuple[Path, ...]:
    """Return the directories that root may keep copies in, best first."""
    return Path("/var/cache/allot"), Path(tempfile.gettempdir()) / "allot-binaries"


def runnable(
    binaries: Binaries, account: Account | None, *, kept_in: Sequence[Path] | None = None
) -> Binaries:
    """Return the binaries, or a copy of them that the account can run.

    A wheel below a home of mode 0700 is out of reach of the account that root drops to.
    """
    if account is None or _runs(binaries, account):
        return binaries
    troubles: list[str] = []
    for cache in caches() if kept_in is None else kept_in:
        try:
            copy = _copied(binaries, cache)
        except OSError as error:
            troubles.append(f"{cache}: {error}")
            continue
        if _runs(copy, account):
            return copy
        troubles.append(f"{cache}: the copy does not run there")
    raise CannotStart(
        f"The PostgreSQL in {binaries.directory} cannot be run by uid {account.uid}, which root"
        f" drops to, nor could it be copied ({'; '.join(troubles)}): set ALLOT_PG_BIN to one that"
        " every user can run, or run allot as an ordinary user."
    )


def _runs(binaries: Binaries, account: Account) -> bool:
    # initdb is linked with libpq, so its answer shows that the libraries are in reach as well.
    try:
        asked = spawn(
            [binaries.initdb, "--version"],
            account=account,
            stdout=subprocess.DEVNULL,
            libraries=binaries.libraries,
        )
    except PermissionError:
        return False
    return asked.wait() == 0


def _copied(binaries: Binaries, cache: Path) -> Binaries:
    prefix = binaries.directory.resolve().parent
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    found = cache.lstat()
    # What is run from here is run on behalf of root: nobody else may be able to change it.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{cache} is not a directory that only this user can write")
    home = cache / _fingerprint(binaries)
    # Two names of the old path are kept, because a wheel's programs look for its libraries
    # beside the package: $ORIGIN/../../../PACKAGE.libs.
    copy = home / prefix.parent.name / prefix.name
    if not home.exists():
        with tempfile.TemporaryDirectory(dir=cache, prefix="making.") as made:
            making = Path(made) / "copy"
            for part in PARTS:
                if (prefix / part).is_dir():
                    shutil.copytree(prefix / part, making / copy.relative_to(home) / part)
            libraries = prefix.parent.parent / f"{prefix.parent.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, making / libraries.name)
            _let_everybody_read(making)
            try:
                making.rename(home)
            except OSError:
                # Another starter was first, and its copy is the same; anything else is trouble.
                if not home.exists():
                    raise
    return replace(binaries, directory=copy / "bin", libraries=copy / "lib")


def _fingerprint(binaries: Binaries) -> str:
    marks = [str(binaries.directory)]
    for program in (binaries.postgres, binaries.initdb):
        found = program.stat()
        marks.append(f"{found.st_size} {found.st_mtime_ns} {found.st_ino}")
    return f"{binaries.major}-{hashlib.sha256(os.fsencode('|'.join(marks))).hexdigest()[:16]}"


def _let_everybody_read(tree: Path) -> None:
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
