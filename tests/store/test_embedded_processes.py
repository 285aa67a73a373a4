"""Which processes count as a cluster's, whatever they open and close while one looks."""

from pathlib import Path

import pytest

from ledger.store.embedded import processes
from ledger.store.embedded.place import Place

PID = 4242


@pytest.fixture
def place(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Place:
    """A cluster whose pid file names a process of an otherwise empty machine."""
    found = Place.below(data)
    found.prepare()
    found.cluster.mkdir()
    (found.cluster / "postmaster.pid").write_text(f"{PID}\n")
    monkeypatch.setattr(processes, "PROC", tmp_path / "proc")
    return found


def process(tmp_path: Path, comm: str, cwd: Path, **held: Path) -> None:
    """A process as /proc shows it, by name, directory and what it holds open."""
    shown = tmp_path / "proc" / str(PID)
    (shown / "fd").mkdir(parents=True)
    (shown / "comm").write_text(f"{comm}\n")
    (shown / "cwd").symlink_to(cwd)
    for name, path in held.items():
        (shown / "fd" / name.removeprefix("n")).symlink_to(path)


def test_a_file_that_is_closed_while_one_looks_makes_no_server_dead(
    place: Place, tmp_path: Path
) -> None:
    process(tmp_path, "postgres", place.cluster, n3=tmp_path / "closed by now")
    assert processes.postmaster(place) == PID


def test_who_inherited_the_lock_counts_though_it_works_elsewhere(
    place: Place, tmp_path: Path
) -> None:
    place.alive.touch()
    process(tmp_path, "initdb", tmp_path, n3=tmp_path / "closed by now", n4=place.alive)
    assert processes.workers(place) == (PID,)


def test_somebody_else_with_the_pid_of_a_dead_server_does_not_count(
    place: Place, tmp_path: Path
) -> None:
    process(tmp_path, "postgres", tmp_path, n3=tmp_path / "proc")
    assert processes.postmaster(place) is None
    assert processes.workers(place) == ()


def test_another_program_in_the_cluster_s_directory_does_not_count(
    place: Place, tmp_path: Path
) -> None:
    process(tmp_path, "bash", place.cluster)
    assert processes.postmaster(place) is None
