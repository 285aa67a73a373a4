"""A session's directory is its own as long as it lives, and goes when it is dead."""

import subprocess
import sys
from pathlib import Path

from ledger.store.embedded.place import Place
from ledger.store.embedded.server import status
from tests.house.tree import TOP
from tests.store.conftest import ended, told
from tests.support.claiming import PREFIX, claimed
from tests.support.people import at_once

SESSION = """
import sys
from pathlib import Path
from tests.store.starter import main
from tests.support.claiming import claimed
with claimed(Path(sys.argv[1])) as sys.argv[1]:
    main()
"""


def furnish(directory: Path, files: int) -> None:
    """Leave there what a server of which no process is left would have left."""
    place = Place.below(directory)
    place.cluster.mkdir(parents=True)
    place.users.touch()
    for number in range(files):
        (place.cluster / str(number)).touch()


def test_a_living_session_keeps_its_directory_before_during_and_after_it_runs_a_server(
    tmp_path: Path,
) -> None:
    with claimed(tmp_path) as mine:
        with claimed(tmp_path) as other:
            assert other != mine
        assert mine.is_dir()
        # Now nobody uses the server: it does not run yet, or does not run any more.
        furnish(mine, 1)
        with claimed(tmp_path):
            assert (Place.below(mine).cluster / "0").exists()
    assert not mine.exists()


def test_what_a_killed_session_left_goes_with_its_server(tmp_path: Path) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", SESSION, str(tmp_path)],
        cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with ended(killed):
        pid, _ = told(killed)
        (left,) = tmp_path.glob(f"{PREFIX}-*")
        killed.kill()
    assert status(left).pid == pid
    with claimed(tmp_path):
        assert not left.exists()
        assert not Path(f"/proc/{pid}/cwd").exists()


def test_what_was_left_half_removed_goes_too(tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}-left"
    Place.below(left).cluster.mkdir(parents=True)
    with claimed(tmp_path):
        assert not left.exists()


def test_sessions_that_begin_and_end_at_the_same_moment_are_not_in_each_others_way(
    tmp_path: Path,
) -> None:
    for number in range(4):
        furnish(tmp_path / f"{PREFIX}-left{number}", 250)

    def begin_and_end() -> Path:
        with claimed(tmp_path) as mine:
            furnish(mine, 100)
        return mine

    assert len(set(at_once([begin_and_end] * 8))) == 8
    assert list(tmp_path.glob(f"{PREFIX}-*")) == []
