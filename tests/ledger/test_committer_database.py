"""Committers on one database: ended backends, closed doors, one order for all."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.codec import decode
from ledger.commands import Reallocate, Source
from ledger.committer import Committer
from ledger.evolve import evolve
from ledger.folding import load
from ledger.log import StoredEvent
from ledger.snapshot import to_bytes
from ledger.state import State
from ledger.store.log import PostgresLog
from tests.support.committing import (
    POOL,
    ask,
    committing,
    furniture,
    grant,
    queued,
    said,
    statuses,
    told,
    until,
)
from tests.support.cutting import READY, wired


def fold(events: Sequence[StoredEvent]) -> State:
    state = State()
    for one in events:
        evolve(state, decode(one.stored))
    return state


@pytest.fixture
def address(founded: str) -> str:
    with PostgresLog(founded) as log, committing(Committer(log)) as committer:
        assert statuses(told(committer, *map(ask, furniture(100_000)))) == [201] * 4
    return founded


@pytest.fixture
def postgres(address: str) -> Iterator[PostgresLog]:
    with PostgresLog(address) as log:
        yield log


def end_writers(address: str) -> int:
    """Terminate whoever holds the ledger's lock or has just appended; returns how many."""
    writers = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        "   AND (query LIKE '%INSERT INTO ledger.%'"
        "        OR pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted))"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        (count,) = connection.execute(writers).fetchone() or (0,)
        return count


def test_a_backend_that_is_ended_in_mid_batch_costs_nothing(
    address: str, postgres: PostgresLog
) -> None:
    ended: list[int] = []

    def judge(state: State, one: Ask, stamp: Stamp) -> Answer:
        if one.key == "k3" and not ended:
            ended.append(end_writers(address))
        return answer(state, one, stamp)

    asks = [ask(grant(1), f"k{number}") for number in range(6)]
    with committing(Committer(postgres, judge=judge)) as committer:
        assert statuses(told(committer, ask(grant(1), "first"))) == [201]
        before = postgres.head()
        given = told(committer, *asks)
    assert ended == [1]
    assert statuses(given) == [201] * 6
    assert [decode(one.stored).key for one in postgres.read(before, 100)] == [o.key for o in asks]


def test_backends_ended_at_random_lose_and_double_nothing(
    address: str, postgres: PostgresLog
) -> None:
    before = postgres.head()
    done = threading.Event()

    def keep_ending() -> None:
        while not done.wait(0.02):
            end_writers(address)

    ending = threading.Thread(target=keep_ending)
    asks = [ask(grant(1), f"k{number}") for number in range(400)]
    with committing(Committer(postgres)) as committer:
        ending.start()
        first = [told(committer, one)[0] for one in asks]
        done.set()
        ending.join()
        again = told(committer, *asks)
    assert set(statuses(first)) <= {201, 503}
    assert statuses(again) == [201] * len(asks)
    for one, other in zip(first, again, strict=True):
        assert one.status != 201 or one.body == other.body
    keys = Counter(decode(one.stored).key for one in postgres.read(before, 1000))
    assert keys == Counter(one.key for one in asks)


def test_a_database_that_takes_no_connections_is_waited_for(
    address: str, postgres: PostgresLog
) -> None:
    with psycopg.connect(address) as connection:
        name = sql.Identifier(connection.info.dbname)
        elsewhere = make_conninfo(address, dbname="postgres")
    close = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with (
        psycopg.connect(elsewhere, autocommit=True) as keeper,
        committing(Committer(postgres)) as committer,
    ):
        assert statuses(told(committer, ask(grant(1)))) == [201]
        keeper.execute(close.format(name, sql.SQL("false")))
        keeper.execute(end, (name.as_string().strip('"'),))
        (given,) = told(committer, ask(grant(1), "k"))
        assert (given.status, said(given).code) == (503, "Unavailable")
        assert committer.trouble() is not None
        keeper.execute(close.format(name, sql.SQL("true")))
        until(lambda: committer.trouble() is None)
        assert statuses(told(committer, ask(grant(1), "k"))) == [201]


def test_two_committers_on_one_database_keep_one_order(address: str) -> None:
    with PostgresLog(address) as one_log, PostgresLog(address) as other_log:
        before = one_log.head()
        with committing(Committer(one_log)) as one, committing(Committer(other_log)) as other:
            waiting: list[tuple[Ask, Callable[[], Answer]]] = []
            for number in range(300):
                committer = (one, other)[number % 2]
                wish = (
                    ask(grant(1), f"k{number}") if number < 40 else ask(moved(number), f"k{number}")
                )
                waiting.append((wish, queued(committer, wish)))
            given = [(wish, wait()) for wish, wait in waiting]
        events = one_log.read(before, 1000)
        assert [event.position for event in events] == list(
            range(before + 1, before + 1 + len(events))
        )
        times = [decode(event.stored).recorded_at for event in events]
        assert times == sorted(set(times))
        # Every answer is the event that stands at its position, and none stands there unasked.
        stands = {event.position: event.stored for event in events}
        said_yes = {got.position: got.body for _, got in given if got.status == 201}
        assert stands.keys() == said_yes.keys()
        assert all(stored in said_yes[position] for position, stored in stands.items())
        assert to_bytes(load(one_log)) == to_bytes(fold(one_log.read(0, 10_000)))


def moved(number: int) -> Reallocate:
    units = ("vision", "reasoning") if number % 3 else ("reasoning", "vision")
    source = Source(unit=units[0], quantity=1)
    return Reallocate(pool=POOL, sources=(source,), to=units[1], reason="back and forth")


def test_one_key_given_to_two_committers_at_once_is_answered_alike(address: str) -> None:
    with PostgresLog(address) as one_log, PostgresLog(address) as other_log:
        before = one_log.head()
        with committing(Committer(one_log)) as one, committing(Committer(other_log)) as other:
            asks = [ask(grant(1), f"k{number}") for number in range(100)]
            waiting = [(queued(one, wish), queued(other, wish)) for wish in asks]
            bodies = [(left().body, right().body) for left, right in waiting]
        assert all(left == right for left, right in bodies)
        assert one_log.head() == before + 100


def test_a_reply_that_is_lost_behind_the_commit_is_found_by_its_key(address: str) -> None:
    with wired(address) as (by_wire, wire), PostgresLog(by_wire) as log:
        before = log.head()
        asks = [ask(grant(1), f"k{number}") for number in range(5)]
        wire.at = READY
        # By a clock of its own, which is not held against the database's on the same wire.
        with committing(Committer(log, clock=lambda: datetime.now(UTC))) as committer:
            assert statuses(told(committer, asks[0])) == [201]
            for one in asks[1:]:
                wire.cuts = 1
                (given,) = told(committer, one)
                assert wire.cuts == 0
                # It was stored by the transaction whose reply was lost, and is not stored again.
                assert (given.status, given.replayed) == (201, True)
        keys = [decode(one.stored).key for one in log.read(before, 100)]
    assert keys == [one.key for one in asks]
