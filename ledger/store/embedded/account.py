"""Whom the server runs as: PostgreSQL refuses root, so root's server belongs to `nobody`."""

import os
import pwd
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ledger.store.embedded.place import Place
from ledger.store.embedded.refusals import CannotStart

UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An unprivileged user that root's server runs as."""

    uid: int
    gid: int


def account_of(place: Place) -> Account | None:
    """Return the account to drop to, or None when this process is not root.

    A cluster that exists keeps its owner; a new one is given to `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if place.cluster.exists():
        owner = place.cluster.stat()
        if owner.st_uid != 0:
            return Account(uid=owner.st_uid, gid=owner.st_gid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise CannotStart(
            f"PostgreSQL does not run as root, and there is no user `{UNPRIVILEGED}` to run as:"
            " run allot as an ordinary user, or set ALLOT_DATABASE_URL to a running server."
        ) from error
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


@contextmanager
def inherited_name(directory: Path, account: Account | None) -> Generator[tuple[str, list[int]]]:
    """Yield a name by which a child reaches a directory, and the descriptors it must inherit.

    The account may be unable to walk down to it (a home of mode 0700), but a descriptor that
    root opened leads there: /proc names it, and only the directory's own mode is asked.
    """
    if account is None:
        yield str(directory), []
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", [descriptor]
    finally:
        os.close(descriptor)


def spawn(
    command: Sequence[Path | str],
    *,
    account: Account | None,
    stdout: IO[bytes] | int,
    stdin: int = subprocess.DEVNULL,
    libraries: Path | None = None,
    inherited: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program as an account, in the root directory and in a session of its own.

    The session keeps a terminal's Ctrl-C from a server in the middle of a write. The
    environment is only ours, so no PG* variable of the operator changes what the server does.
    """
    environ = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
    if libraries is not None:
        environ["LD_LIBRARY_PATH"] = str(libraries)
    return subprocess.Popen(
        command,
        cwd="/",
        env=environ,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
        umask=0o077,
        pass_fds=inherited,
        start_new_session=True,
    )
