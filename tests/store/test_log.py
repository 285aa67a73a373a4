"""What the port promises, of the log in PostgreSQL and of the log in memory alike."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from ledger.log import Log, LogUnavailable, Receipt, Seal, StoredEvent
from ledger.refusals import NEVER_STORED, REFUSALS
from ledger.seal.sealing import Sealing
from ledger.store import pipeline
from ledger.store.log import PostgresLog
from tests.support.memory_log import MemoryLog


@pytest.fixture(params=["memory", "PostgreSQL"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    if request.param == "memory":
        yield MemoryLog()
        return
    with PostgresLog(request.getfixturevalue("migrated_database")) as kept:
        yield kept


def event(position: int, stored: bytes = b'{"topic":"noted.v1"}') -> StoredEvent:
    return StoredEvent(position=position, topic="noted.v1", stored=stored)


def receipt(key: str, *, person: str = "ada", decision: str | None = None) -> Receipt:
    return Receipt(
        person=person,
        key=key,
        fingerprint=key.encode().ljust(32, b"."),
        status=409 if decision is None else 201,
        body=f'{{"said to":"{person}"}}'.encode(),
        position=0,
        decision=decision,
    )


def appended(
    log: Log, events: Sequence[StoredEvent], receipts: Sequence[Receipt] = (), after: int = 0
) -> None:
    with log.batch(after) as batch:
        batch.catch_up(after)
        batch.append(events, receipts, Sealing(log.seal()).seal(events))


def test_an_empty_log_stands_at_zero(log: Log) -> None:
    assert log.head() == 0
    assert list(log.read(0, 10)) == []
    assert log.receipt(("ada", "k")) is None
    assert log.snapshot() is None


def test_bytes_are_kept_as_they_were_written(log: Log) -> None:
    odd = ('{ "b" : 1,\n"a":"ü\\u0041"}'.encode(), b"\x00\xff", b"", b"x" * 65_535)
    appended(log, [event(place, stored) for place, stored in enumerate(odd, start=1)])
    assert [one.stored for one in log.read(0, 10)] == list(odd)


def test_a_batch_may_hold_more_than_a_connection_does(log: Log) -> None:
    with log.batch(0) as batch:
        batch.catch_up(0)
        sealing = Sealing()
        for part in range(12):
            positions = range(part * 25 + 1, part * 25 + 26)
            long = [event(position, b"x" * 65_000) for position in positions]
            batch.append(long, [], sealing.seal(long))
    assert log.head() == 300
    assert len(log.read(299, 1)[0].stored) == 65_000


def test_reading_goes_on_after_a_position_and_stops_at_the_limit(log: Log) -> None:
    appended(log, [event(position) for position in range(1, 8)])
    assert [one.position for one in log.read(0, 3)] == [1, 2, 3]
    assert [one.position for one in log.read(3, 3)] == [4, 5, 6]
    assert [one.position for one in log.read(6, 3)] == [7]
    assert list(log.read(7, 3)) == []
    assert log.head() == 7


def test_a_batch_sees_what_others_appended_since(log: Log) -> None:
    appended(log, [event(1)])
    appended(log, [event(2)], after=1)
    with log.batch(1) as batch:
        assert [one.position for one in batch.catch_up(1)] == [2]
        assert list(batch.catch_up(2)) == []
        assert [one.position for one in batch.catch_up(0)] == [1, 2]


def test_a_batch_that_raises_leaves_nothing(log: Log) -> None:
    def fail() -> None:
        with log.batch() as batch:
            batch.catch_up(0)
            batch.append([event(1)], [receipt("k")], Sealing().seal([event(1)]))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert log.head() == 0
    assert log.receipt(("ada", "k")) is None
    appended(log, [event(1)])
    assert log.head() == 1


def test_positions_have_no_gap_and_no_second_taker(log: Log) -> None:
    appended(log, [event(1)])
    for position in (1, 3):
        seal = Seal(size=position, previous=1, root=bytes(32), frontier=b"")
        with log.batch(1) as batch:
            batch.catch_up(1)
            with pytest.raises(ValueError, match="does not follow the log"):
                batch.append([event(position)], [], seal)
    assert log.head() == 1


def test_a_log_that_is_shorter_than_what_was_read_is_not_written_to(log: Log) -> None:
    appended(log, [event(1)])
    with pytest.raises(LogUnavailable, match="no batch ended at 5"), log.batch(5) as batch:
        batch.catch_up(5)


def test_a_key_belongs_to_a_person(log: Log) -> None:
    appended(log, [event(1)], [receipt("k"), receipt("k", person="bob")])
    for person in ("ada", "bob"):
        found = log.receipt((person, "k"))
        assert found == receipt("k", person=person)
    assert log.receipt(("eve", "k")) is None


def test_keys_are_looked_up_together_named_ahead_or_not(log: Log) -> None:
    appended(log, [], [receipt("k1"), receipt("k2"), receipt("ü 'k3\n")])
    asked = [("ada", "k1"), ("ada", "ü 'k3\n"), ("bob", "k1"), ("ada", "new")]
    known = {("ada", "k1"): receipt("k1"), ("ada", "ü 'k3\n"): receipt("ü 'k3\n")}
    with log.batch(0, asked) as batch:
        assert batch.receipts(asked) == known
        assert batch.receipts([("ada", "k2")]) == {("ada", "k2"): receipt("k2")}
    with log.batch() as batch:
        assert batch.receipts(asked) == known
        assert batch.receipts([]) == {}


def test_decisions_are_known_by_their_ids(log: Log) -> None:
    made, other = str(uuid4()), str(uuid4())
    appended(log, [event(1)], [receipt("k", decision=made)])
    for ahead in ((), (made, other)):
        with log.batch(1, (), ahead) as batch:
            assert batch.decided([made, other]) == {made}
            assert batch.decided([]) == set()


def test_a_key_or_a_decision_is_stored_once(log: Log) -> None:
    made = str(uuid4())
    appended(log, [event(1)], [receipt("k", decision=made)])
    for second in (receipt("k"), receipt("other", decision=made)):
        with pytest.raises(LogUnavailable):
            appended(log, [event(2)], [second], after=1)
        assert log.head() == 1


def test_a_refusal_is_kept_without_an_event(log: Log) -> None:
    appended(log, [], [receipt("k")])
    assert log.head() == 0
    assert log.receipt(("ada", "k")) == receipt("k")


def test_the_newest_snapshot_is_given_back(log: Log) -> None:
    appended(log, [event(position) for position in range(1, 6)])
    for position in (2, 5):
        log.keep_snapshot(position, f"state {position}".encode())
    assert log.snapshot() == (5, b"state 5")


def test_the_database_tells_its_time(log: Log) -> None:
    before = datetime.now(UTC)
    assert abs(log.now() - before) < timedelta(minutes=1)


def test_a_server_that_says_nothing_is_given_up_and_asked_anew(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PostgresLog(migrated_database) as one, PostgresLog(migrated_database) as other:
        with one.batch(0) as holder:
            holder.catch_up(0)
            with monkeypatch.context() as impatient:
                impatient.setattr(pipeline, "ANSWER_S", 0.2)
                with pytest.raises(LogUnavailable, match="said nothing"):
                    appended(other, [event(1)])
            holder.append([event(1)], [], Sealing().seal([event(1)]))
        appended(other, [event(2)], after=1)
        assert one.head() == 2


def test_every_refusal_that_is_kept_has_a_status_that_the_table_takes(
    migrated_database: str,
) -> None:
    kept = [kind for name, kind in REFUSALS.items() if name not in NEVER_STORED]
    assert kept
    refused = [msgspec.structs.replace(receipt(kind.__name__), status=kind.STATUS) for kind in kept]
    with PostgresLog(migrated_database) as log:
        appended(log, [], refused)
        assert {one.key for one in refused if log.receipt((one.person, one.key)) == one} == {
            kind.__name__ for kind in kept
        }
