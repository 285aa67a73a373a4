"""In PostgreSQL nothing is added without its seal, and the log cannot fork."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, LiteralString

import psycopg
import pytest
from msgspec.structs import asdict, replace

from ledger.log import LogUnavailable, Overtaken, Seal, StoredEvent
from ledger.seal.sealing import Sealing, WrongSeal
from ledger.store import migrations
from ledger.store.log import PostgresLog
from ledger.store.migrations import sealing as migrating
from ledger.store.roles import WRITER, as_role
from tests.support.committing import until
from tests.support.trees import root_of, tree_hash

ADD: LiteralString = (
    "INSERT INTO ledger.events (originator_id, originator_version, topic, state)"
    " SELECT id, %s, 'noted.v1', %s FROM ledger.identity"
)
SEAL: LiteralString = (
    "INSERT INTO ledger.seal (size, previous, root, frontier)"
    " VALUES (%(size)s, %(previous)s, %(root)s, %(frontier)s)"
)


def events(first: int, last: int) -> list[StoredEvent]:
    return [
        StoredEvent(position=position, topic="noted.v1", stored=b'{"n":%d}' % position)
        for position in range(first, last + 1)
    ]


def sealed(first: int, last: int, sealing: Sealing) -> Seal:
    seal = sealing.seal(events(first, last))
    assert seal is not None
    return seal


@pytest.fixture
def log(migrated_database: str) -> Iterator[PostgresLog]:
    """Yield a log of three batches: 1 to 3, 4, 5 to 9."""
    with PostgresLog(migrated_database) as kept:
        sealing = Sealing()
        for after, last in pairwise([0, 3, 4, 9]):
            with kept.batch(after) as batch:
                batch.catch_up(after)
                batch.append(events(after + 1, last), [], sealing.seal(events(after + 1, last)))
        yield kept


@pytest.fixture
def writer(log: PostgresLog, migrated_database: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection with the writer's rights to that log."""
    del log
    with psycopg.connect(as_role(migrated_database, WRITER)) as connection:
        yield connection


def rows(address: str) -> list[tuple[Any, ...]]:
    asked = "SELECT size, previous, root FROM ledger.seal ORDER BY size"
    with psycopg.connect(address) as connection:
        return connection.execute(asked).fetchall()


def test_each_batch_keeps_its_seal(log: PostgresLog, migrated_database: str) -> None:
    hashes = [tree_hash([one.stored for one in events(1, size)]) for size in (3, 4, 9)]
    assert rows(migrated_database) == [
        (3, None, hashes[0]), (4, 3, hashes[1]), (9, 4, hashes[2]),
    ]  # fmt: skip
    newest = log.seal()
    assert newest is not None
    assert (newest.size, newest.previous, newest.root) == (9, 4, root_of(log))
    assert Sealing(newest).root == newest.root


def test_an_event_is_not_added_without_its_seal(writer: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.IntegrityError, match="ends at 10, and its seal at 9"):
        writer.execute(ADD, (10, b"{}"))


def test_a_seal_does_not_stop_short_of_what_is_added(writer: psycopg.Connection[Any]) -> None:
    writer.execute(SEAL, asdict(sealed(10, 10, following())))
    writer.execute(ADD, (10, b"{}"))
    with pytest.raises(psycopg.errors.IntegrityError, match="ends at 11, and its seal at 10"):
        writer.execute(ADD, (11, b"{}"))


def test_a_seal_without_its_events_is_not_committed(writer: psycopg.Connection[Any]) -> None:
    writer.execute(SEAL, asdict(sealed(10, 12, following())))
    with pytest.raises(psycopg.errors.IntegrityError, match="there is no event 12"):
        writer.commit()


def following() -> Sealing:
    sealing = Sealing()
    sealing.take_in(events(1, 9))
    return sealing


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"previous": 4}, "seal_previous_key"),  # what 5 to 9 continued already
        ({"previous": None}, "seal_previous_key"),  # another beginning
        ({"previous": 7}, "seal_previous_fkey"),  # no batch ended there
        ({"previous": 12}, "seal_check"),
        ({"size": 9, "previous": 4}, "seal_pkey"),
        ({"root": bytes(31)}, "seal_root_check"),
        ({"frontier": bytes(96)}, "seal_check1"),
    ],
)
def test_a_fork_or_a_maimed_seal_cannot_be_stored(
    writer: psycopg.Connection[Any], change: dict[str, Any], refusal: str
) -> None:
    fork = replace(sealed(10, 12, following()), **change)
    with pytest.raises(psycopg.errors.IntegrityError, match=rf'"{refusal}"'):
        writer.execute(SEAL, asdict(fork))


def test_a_batch_without_a_seal_is_refused_before_it_is_sent(log: PostgresLog) -> None:
    with log.batch(9) as batch:
        batch.catch_up(9)
        with pytest.raises(ValueError, match="not that of a log up to 10"):
            batch.append(events(10, 10), [])
    assert log.head() == 9


@pytest.mark.parametrize("position", [1, 8, 10])
def test_a_position_at_which_no_batch_ended_is_on_another_log(
    log: PostgresLog, position: int
) -> None:
    with pytest.raises(LogUnavailable, match=f"no batch ended at {position}"):  # noqa: SIM117
        with log.batch(position) as batch:
            batch.catch_up(position, bytes(32))


def test_a_log_with_another_root_is_another_log(log: PostgresLog) -> None:
    with log.batch(4) as batch:
        assert batch.catch_up(4, tree_hash([one.stored for one in events(1, 4)])) == events(5, 9)
    with pytest.raises(LogUnavailable, match="up to 4 is not the log"), log.batch(4) as batch:
        batch.catch_up(4, bytes(32))


def test_a_batch_sent_ahead_waits_for_the_lock_and_then_sees_where_the_log_ends(
    log: PostgresLog, migrated_database: str
) -> None:
    known, others = Sealing(log.seal()), Sealing(log.seal())
    root, added = known.root, events(10, 11)
    blocked = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with (
        PostgresLog(migrated_database) as other,
        psycopg.connect(migrated_database, autocommit=True) as watching,
    ):
        with other.batch(9) as batch:
            batch.catch_up(9)
            under_way = log.append(9, root, added, [], known.seal(added))
            until(lambda: watching.execute(blocked).fetchone() is not None)
            batch.append(events(10, 10), [], others.seal(events(10, 10)))
        with pytest.raises(Overtaken, match="the log ends at 10, not as known at 9"):
            under_way.wait()
    assert (log.head(), log.read(9, 5)) == (10, events(10, 10))


def test_a_damaged_seal_is_not_continued(log: PostgresLog, migrated_database: str) -> None:
    with psycopg.connect(migrated_database) as superuser:
        superuser.execute("ALTER TABLE ledger.seal DISABLE TRIGGER USER")
        superuser.execute("UPDATE ledger.seal SET root = sha256(root) WHERE size = 9")
    with pytest.raises(WrongSeal, match="seal of 9 is damaged"):
        Sealing(log.seal())


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (25, [10, 20, 25]), (20, [10, 20])]
)
def test_what_was_recorded_before_there_were_seals_is_sealed_by_the_migration(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, count: int, sizes: list[int]
) -> None:
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    monkeypatch.setattr(migrating, "AT_ONCE", 10)
    before = [one for one in migrations.shipped() if one.name < "0003"]
    with psycopg.connect(fresh_database) as connection:
        migrations.migrate(connection, before)
        for one in events(1, count):
            connection.execute(ADD, (one.position, one.stored))
    with psycopg.connect(fresh_database) as connection:
        assert "0003_seal" in migrations.migrate(connection)
    assert rows(fresh_database) == [
        (size, previous or None, tree_hash([one.stored for one in events(1, size)]))
        for previous, size in pairwise([0, *sizes])
    ]
    with PostgresLog(fresh_database) as log:
        with log.batch(count) as batch:
            batch.catch_up(count, root_of(log) if count else None)
            added = events(count + 1, count + 2)
            batch.append(added, [], Sealing(log.seal()).seal(added))
        newest = log.seal()
        assert newest is not None
        assert (newest.size, newest.root) == (count + 2, root_of(log))


def test_a_log_with_a_gap_is_not_sealed_over(fresh_database: str) -> None:
    before = [one for one in migrations.shipped() if one.name < "0003"]
    with psycopg.connect(fresh_database) as connection:
        migrations.migrate(connection, before)
        for position in (1, 3):
            connection.execute(ADD, (position, b"{}"))
    with (
        psycopg.connect(fresh_database) as connection,
        pytest.raises(ValueError, match="does not follow"),
    ):
        migrations.migrate(connection)
    with psycopg.connect(fresh_database) as connection:
        migrations.check(connection, before)
