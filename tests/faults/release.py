"""The release before this one, out of the history, so that an upgrade begins where it would.

Whoever makes a release moves `COMMIT` to its last commit and `RELEASED` to its last migration.
"""

import io
import subprocess
import sys
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.cli.running import PATIENCE_S, ended, line_of
from tests.house.tree import TOP, git

COMMIT = "56ee3ce761c25393b96e225ac85383a55b2566f5"
RELEASED = "0002_tokens"
KNOWN = frozenset(
    {"open_pool", "close_pool", "change_capacity", "create_unit", "rename_unit", "move_unit",
     "close_unit", "delegate", "revoke", "grant", "release", "reallocate", "extend", "note",
     "decision"}
)  # fmt: skip
"""The commands that the release has doors for."""
PACKAGES = ("ledger", "projections", "api")
RECORDED = "tests/recorded"


def recorded() -> dict[str, bytes]:
    """The stored events that the release kept one example of, by name."""
    names = git("ls-tree", "--name-only", "-r", COMMIT, "--", RECORDED).split()
    return {
        Path(name).name: git("show", f"{COMMIT}:{name}").encode()
        for name in names
        if name.endswith(".json")
    }


class Release(Struct, frozen=True):
    """The code of a release in a folder of its own, run as it was run then."""

    folder: Path

    def python(self, *words: str, environ: Mapping[str, str]) -> str:
        """What Python says when it runs this release's code."""
        run = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    def allot(self, *words: str, environ: Mapping[str, str]) -> str:
        """What a command of this release says."""
        return self.python("-m", "api.cli", *words, environ=environ)

    @contextmanager
    def serving(self, environ: Mapping[str, str]) -> Generator[str]:
        """Yield the address of this release's service, follower beside it."""
        doors = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--port", "0"],
            cwd=self.folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        try:
            yield line_of(doors)
        finally:
            code = ended(doors)
        assert code == 0


def unpacked(folder: Path) -> Release:
    """Lay the code of the release before this one into a folder."""
    archive = subprocess.run(
        ["git", "archive", "--format=zip", COMMIT, *PACKAGES],
        cwd=TOP, check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    # A zip is unpacked alike by every Python 3.11; how a tar is, 3.11.2 does not let us say.
    with zipfile.ZipFile(io.BytesIO(archive.stdout)) as files:
        files.extractall(folder)
    return Release(folder)
