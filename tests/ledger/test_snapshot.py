"""A state that was kept and read back is the state that the log folds to."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest

import ledger.store.log
from ledger.codec import decode
from ledger.commands import AnyCommand, Reallocate, Release, Source
from ledger.committer import Committer
from ledger.evolve import evolve
from ledger.folding import load, read_on, take_snapshot
from ledger.log import Log
from ledger.periods import shifted
from ledger.seal.sealing import Sealing
from ledger.snapshot import DERIVED, _Kept, from_bytes, to_bytes
from ledger.state import State
from ledger.store.log import PostgresLog
from ledger.store.shape import FOLDING
from tests.support.committing import (
    POOL,
    HandClock,
    ask,
    committing,
    found_log,
    furniture,
    grant,
    told,
)
from tests.support.memory_log import MemoryLog

CORE = Path(ledger.__file__ or "").parent
DAY_S = 86_400


def lived(log: Log) -> None:
    """Some weeks of a ledger: grants that end, are drawn on, moved and scheduled to go."""
    clock = HandClock()
    found_log(log, clock)
    with committing(Committer(log, clock=clock)) as committer:

        def tell(*commands: AnyCommand) -> None:
            for one in commands:
                (given,) = told(committer, ask(one))
                assert given.status == 201, given.body

        tell(*furniture(500))
        for number in range(1, 25):
            clock.move(DAY_S)
            later = f"2026-02-{1 + number % 28:02}T00:00:00Z"
            tell(
                grant(4),
                msgspec.structs.replace(grant(3, unit="reasoning"), ends_at=later),
                Release(pool=POOL, unit="vision", quantity=1),
                Release(pool=POOL, unit="vision", quantity=1, effective_at=later),
                Reallocate(
                    pool=POOL,
                    sources=(Source(unit="vision", quantity=1),),
                    to="reasoning",
                    ends_at=later,
                    reason="as agreed",
                ),
            )


@pytest.fixture(scope="module")
def weeks() -> MemoryLog:
    log = MemoryLog()
    lived(log)
    return log


def folded(log: Log) -> State:
    state = State()
    read_on(log, state)
    return state


def everything(state: State) -> dict[str, object]:
    # What is only remembered may differ where nothing else does.
    apart = ("journal", "in_hand", "_standings")
    seen = {name: value for name, value in vars(state).items() if name not in apart}
    seen["_awaited"] = state._awaited._names
    seen["capacity"] = {pool: (book.changes, book.levels) for pool, book in state.capacity.items()}
    # Pools and units without anything live may have an empty list, or none.
    seen["live"] = {
        pool: {unit: ordered for unit, ordered in units.items() if ordered}
        for pool, units in state.live.items()
    }
    return seen


def test_a_state_read_back_is_the_state_that_was_kept(weeks: MemoryLog) -> None:
    state = folded(weeks)
    again = from_bytes(to_bytes(state))
    assert everything(again) == everything(state)
    assert to_bytes(again) == to_bytes(state)


def test_time_passes_alike_in_a_state_that_was_read_back(weeks: MemoryLog) -> None:
    state = folded(weeks)
    again = from_bytes(to_bytes(state))
    for days in (1, 10, 20, 60):
        later = shifted(state.recorded_at, timedelta(days=days))
        state.tick(later)
        again.tick(later)
        assert everything(again) == everything(state)


def test_every_part_of_the_state_is_kept_or_derived() -> None:
    kept = {field.name for field in msgspec.structs.fields(_Kept)} - {"rest"}
    assert kept | DERIVED == set(vars(State()))
    assert not kept & DERIVED


def test_bytes_of_another_kind_are_no_state() -> None:
    with pytest.raises(msgspec.ValidationError):
        from_bytes(msgspec.msgpack.encode({"position": 1}))


def file_of(module: str) -> str | None:
    """The file of a module or package of the core; None for a name that is neither."""
    path = module.replace(".", "/")
    return next(
        (one for one in (f"{path}.py", f"{path}/__init__.py") if (CORE / one).exists()), None
    )


def imports(file: str) -> set[str]:
    """The files of the core that one of them imports."""
    nodes = [
        n for n in ast.walk(ast.parse((CORE / file).read_text())) if isinstance(n, ast.ImportFrom)
    ]
    named = [(node.module or "", alias.name) for node in nodes for alias in node.names]
    inside = [
        (module.removeprefix("ledger."), name) for module, name in named if "ledger." in module
    ]
    found = {file_of(one) for module, name in inside for one in (module, f"{module}.{name}")}
    return {one for one in found if one is not None}


def test_the_shape_depends_on_all_the_code_that_folds() -> None:
    found = {"evolve/__init__.py", "codec.py", "snapshot.py"}
    while more := {other for one in found for other in imports(one)} - found:
        found |= more
    assert found == set(FOLDING)


@pytest.fixture
def postgres(weeks: MemoryLog, migrated_database: str) -> Iterator[PostgresLog]:
    """The same weeks in PostgreSQL."""
    with PostgresLog(migrated_database) as log:
        with log.batch(0) as batch:
            batch.catch_up(0)
            events = weeks.read(0, 10_000)
            batch.append(events, [], Sealing().seal(events))
        yield log


def test_a_start_from_a_snapshot_is_a_start_from_the_log(postgres: PostgresLog) -> None:
    assert not take_snapshot(postgres, every=100_000)
    assert take_snapshot(postgres, every=10)
    assert not take_snapshot(postgres, every=10)
    kept = postgres.snapshot()
    assert kept is not None
    assert kept[0] == postgres.head()
    assert everything(load(postgres)) == everything(folded(postgres))


def test_what_was_recorded_since_a_snapshot_is_folded(
    postgres: PostgresLog, weeks: MemoryLog
) -> None:
    half = State()
    for one in weeks.read(0, 60):
        evolve(half, decode(one.stored))
    postgres.keep_snapshot(half.position, to_bytes(half))
    assert everything(load(postgres)) == everything(folded(postgres))


def test_the_snapshot_of_other_code_is_passed_over(
    postgres: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger.store.log, "shape", lambda: b"older")
    postgres.keep_snapshot(30, b"as older code wrote it")
    assert postgres.snapshot() == (30, b"as older code wrote it")
    monkeypatch.undo()
    assert postgres.snapshot() is None
    assert everything(load(postgres)) == everything(folded(postgres))


def test_a_snapshot_beyond_the_log_is_passed_over(postgres: PostgresLog) -> None:
    postgres.keep_snapshot(postgres.head() + 1, b"of a log that was longer")
    assert postgres.snapshot() is None


def test_a_damaged_snapshot_is_passed_over(postgres: PostgresLog, migrated_database: str) -> None:
    assert take_snapshot(postgres, every=1)
    with psycopg.connect(migrated_database) as connection:
        connection.execute("UPDATE ledger.snapshots SET state = set_byte(state, 9, 0)")
    assert postgres.snapshot() is None
    assert everything(load(postgres)) == everything(folded(postgres))


def test_only_the_newest_snapshots_are_kept(postgres: PostgresLog, migrated_database: str) -> None:
    for position in (10, 20, 30, 40):
        postgres.keep_snapshot(position, b"state")
    with psycopg.connect(migrated_database) as connection:
        kept = connection.execute("SELECT position FROM ledger.snapshots ORDER BY 1").fetchall()
    assert kept == [(30,), (40,)]
