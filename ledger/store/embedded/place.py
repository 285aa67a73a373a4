"""Where the files of an embedded server are, and the address of its socket."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from ledger.store.embedded.refusals import CannotStart

ROLE = "allot"
DATABASE = "allot"
PORT = 5432  # only a part of the socket's name: no TCP port is opened
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_BYTES_MAX = 107  # sockaddr_un.sun_path less its final NUL


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The directory `postgres` below the operator's data directory; mode 0700."""

    directory: Path

    @classmethod
    def below(cls, data: Path) -> Self:
        """Return the place of a data directory, whether it exists or not."""
        return cls(directory=data.expanduser().resolve() / "postgres")

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory; it exists only when it is complete."""
        return self.directory / "cluster"

    @property
    def making(self) -> Path:
        """A cluster while it is made; whatever is found here was left half-made."""
        return self.directory / "cluster.making"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.directory / "postgres.log"

    @property
    def changing(self) -> Path:
        """Lock: held by whoever starts, stops or resets."""
        return self.directory / "changing.lock"

    @property
    def alive(self) -> Path:
        """Lock: inherited by every process of the server, so free means that none is left."""
        return self.directory / "alive.lock"

    @property
    def users(self) -> Path:
        """Lock: shared by every user of the server, so free means that nobody uses it."""
        return self.directory / "users.lock"

    @property
    def kept(self) -> Path:
        """Marker: the server was asked to outlive its users."""
        return self.directory / "kept"

    def prepare(self) -> None:
        """Make the directory; parents keep the mode they have."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def url(self) -> str:
        """Return the libpq address of the database, for the superuser role."""
        host = quote(os.fsencode(reachable_socket_directory(self.cluster)), safe="")
        return f"postgresql://{ROLE}@/{DATABASE}?host={host}&port={PORT}"


def reachable_socket_directory(cluster: Path) -> Path:
    """Return a directory that libpq can name: the cluster, or a short link to it.

    The server binds its socket by a name relative to the cluster, so only clients meet the
    limit of a socket's name; a comma would split libpq's list of hosts.
    """
    if _can_be_named(cluster):
        return cluster
    links = Path(tempfile.gettempdir()) / f"allot-{os.geteuid()}"
    link = links / hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
    if not _can_be_named(link):
        raise CannotStart(
            f"The socket below {cluster} cannot be named in {SOCKET_BYTES_MAX} bytes, nor can a"
            f" link in {links}: set TMPDIR to a shorter directory, or choose shorter data."
        )
    links.mkdir(mode=0o700, exist_ok=True)
    found = links.lstat()
    # Anyone may write where temporary files are: a link is followed only in our own directory.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise CannotStart(f"{links} is not a directory of this user alone (0700): remove it.")
    if not link.is_symlink() or link.readlink() != cluster:
        fresh = links / f"{link.name}.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(cluster)
        fresh.replace(link)
        for other in links.iterdir():
            if not other.exists():
                other.unlink(missing_ok=True)  # its data directory was deleted
    return link


def _can_be_named(directory: Path) -> bool:
    name = os.fsencode(directory / SOCKET)
    return len(name) <= SOCKET_BYTES_MAX and b"," not in name
