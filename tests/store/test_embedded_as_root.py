"""Root's server runs as `nobody`, wherever its files are; an ordinary user's runs as that user."""

import multiprocessing
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from ledger.store.embedded.account import Account, account_of
from ledger.store.embedded.binaries import Binaries, examine
from ledger.store.embedded.copies import runnable
from ledger.store.embedded.place import Place
from ledger.store.embedded.refusals import CannotStart
from ledger.store.embedded.server import Durability, start, status

TEST = Durability.TEST
NOBODY = pwd.getpwnam("nobody")
ACCOUNT = Account(uid=NOBODY.pw_uid, gid=NOBODY.pw_gid)


@pytest.fixture
def open_directory() -> Generator[Path]:
    """Yield a directory that everybody can walk into, unlike pytest's own."""
    directory = Path(tempfile.mkdtemp(prefix="allot-open-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def mode(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_server_runs_as_nobody_below_a_home_that_nobody_can_enter(
    data: Path, postgres_binaries: Binaries
) -> None:
    home = data / "home"
    home.mkdir(mode=0o700, parents=True)
    with start(home, postgres_binaries, durability=TEST):
        pid = status(home).pid
        told = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
    assert told["Uid"].split() == [str(ACCOUNT.uid)] * 4
    assert told["Gid"].split() == [str(ACCOUNT.gid)] * 4
    assert told["Groups"].split() == []
    assert (home.stat().st_uid, mode(home)) == (0, 0o700)


def test_programs_out_of_reach_are_run_from_a_copy(
    data: Path, postgres_binaries: Binaries, tmp_path: Path, open_directory: Path
) -> None:
    hidden = tmp_path / "hidden"
    prefix = postgres_binaries.directory.parent
    shutil.copytree(prefix, hidden / prefix.parent.name / prefix.name)
    libraries = prefix.parent.parent / f"{prefix.parent.name}.libs"
    if libraries.is_dir():
        # The programs name this directory themselves, relative to where they are.
        shutil.copytree(libraries, hidden / libraries.name)
    hidden.chmod(0o700)
    out_of_reach = examine(hidden / prefix.parent.name / prefix.name / "bin", "hidden")
    cache = open_directory / "cache"
    copy = runnable(out_of_reach, ACCOUNT, kept_in=[cache])
    assert cache in copy.directory.parents
    assert runnable(out_of_reach, ACCOUNT, kept_in=[cache]) == copy
    assert len(list(cache.iterdir())) == 1
    assert mode(hidden) == 0o700
    with start(data, copy, durability=TEST) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_place_for_copies_that_others_can_write_is_refused(
    postgres_binaries: Binaries, tmp_path: Path, open_directory: Path
) -> None:
    hidden = tmp_path / "bin"
    shutil.copytree(postgres_binaries.directory, hidden)
    cache = open_directory / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    with pytest.raises(CannotStart, match="ALLOT_PG_BIN"):
        runnable(examine(hidden, "hidden"), ACCOUNT, kept_in=[cache])
    assert list(cache.iterdir()) == []


def test_an_ordinary_user_runs_the_server_as_himself(
    postgres_binaries: Binaries, open_directory: Path
) -> None:
    reachable = runnable(postgres_binaries, ACCOUNT, kept_in=[open_directory / "cache"])
    home = open_directory / "home of nobody"
    home.mkdir(mode=0o700)
    os.chown(home, ACCOUNT.uid, ACCOUNT.gid)
    # Forked and not run anew: the interpreter itself may be where the user cannot go.
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=as_nobody, args=(home, reachable, theirs.send))
    child.start()
    theirs.close()
    answer = ours.recv()
    child.join()
    assert child.exitcode == 0
    assert answer == (None, ACCOUNT.uid, "allot", True, False)


def as_nobody(home: Path, binaries: Binaries, answer: object) -> None:
    """Start, ask and stop as an ordinary user, and answer with what was found."""
    assert callable(answer)
    os.setgroups([])
    os.setgid(ACCOUNT.gid)
    os.setuid(ACCOUNT.uid)
    os.environ["HOME"] = str(home)
    data = home / "lab"
    server = start(data, binaries, durability=TEST)
    owner = Path(f"/proc/{status(data).pid}").stat().st_uid
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    ended = server.stop()
    answer((account_of(Place.below(data)), owner, row[0], ended, status(data).running))
