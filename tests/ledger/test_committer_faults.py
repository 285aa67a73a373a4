"""What becomes of asks when the log, a judge or the database fails under the committer."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

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
from ledger.log import Log, StoredEvent
from ledger.snapshot import to_bytes
from ledger.state import State
from ledger.store.log import PostgresLog
from tests.support.committing import (
    FOUNDER,
    POOL,
    FailingLog,
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


@pytest.fixture
def failing(log: Log) -> FailingLog:
    """A furnished ledger whose log fails when it is told to."""
    with committing(Committer(log)) as committer:
        assert statuses(told(committer, *map(ask, furniture()))) == [201] * 4
    return FailingLog(log)


def asked_together(committer: Committer, *asks: Ask) -> list[Answer]:
    waiting = [queued(committer, one) for one in asks]
    with committing(committer):
        return [given() for given in waiting]


def fold(events: Sequence[StoredEvent]) -> State:
    state = State()
    for one in events:
        evolve(state, decode(one.stored))
    return state


def test_a_batch_cut_off_before_its_commit_is_stored_by_the_next_try(failing: FailingLog) -> None:
    before = failing.head()
    failing.before = 1
    given = asked_together(Committer(failing), ask(grant(1)), ask(grant(2)))
    assert statuses(given) == [201, 201]
    assert failing.head() == before + 2


def test_a_batch_cut_off_after_its_commit_is_stored_once(failing: FailingLog) -> None:
    before = failing.head()
    failing.after = 1
    given = asked_together(Committer(failing), ask(grant(1), "a"), ask(grant(2), "b"))
    assert statuses(given) == [201, 201]
    assert failing.head() == before + 2
    for key, one in zip(("a", "b"), given, strict=True):
        kept = failing.receipt((FOUNDER, key))
        assert kept is not None
        assert kept.body == one.body


@pytest.mark.parametrize("moment", ["before", "after"])
def test_cut_off_again_and_again_nothing_is_lost_or_stored_twice(
    failing: FailingLog, moment: str
) -> None:
    before = failing.head()
    setattr(failing, moment, 3)
    asks = [ask(grant(1), f"k{number}") for number in range(8)]
    given = asked_together(Committer(failing), *asks)
    assert set(statuses(given)) <= {201, 503}
    assert getattr(failing, moment) == 0
    recorded = {decode(one.stored).key for one in failing.read(before, 100)}
    answered = {one.key for one, got in zip(asks, given, strict=True) if got.status == 201}
    assert answered <= recorded
    # Whoever was told nothing asks again by the key.
    later = asked_together(Committer(failing), *asks)
    assert statuses(later) == [201] * 8
    for first, again in zip(given, later, strict=True):
        assert first.status != 201 or first.body == again.body
    keys = Counter(decode(one.stored).key for one in failing.read(before, 100))
    assert keys == Counter(one.key for one in asks)


def test_while_the_database_is_away_nothing_is_recorded_and_it_says_so(
    failing: FailingLog,
) -> None:
    with committing(Committer(failing)) as committer:
        assert statuses(told(committer, ask(grant(1)))) == [201]
        assert committer.trouble() is None
        failing.is_away = True
        (given,) = told(committer, ask(grant(2), "k"))
        assert (given.status, said(given).code) == (503, "Unavailable")
        assert committer.trouble() == "away"
        failing.is_away = False
        assert failing.receipt((FOUNDER, "k")) is None
        assert statuses(told(committer, ask(grant(2), "k"))) == [201]
        assert committer.trouble() is None


def test_trouble_ends_without_anybody_asking(failing: FailingLog) -> None:
    failing.is_away = True
    with committing(Committer(failing)) as committer:
        assert statuses(told(committer, ask(grant(1)))) == [503]
        failing.is_away = False
        until(lambda: committer.trouble() is None)


class Bug(Exception):
    """What no judge should raise."""


def judge_with_a_bug(
    state: State, one: Ask, stamp: Stamp, *, harm: Callable[[State], None]
) -> Answer:
    if one.key == "bad":
        harm(state)
        raise Bug
    return answer(state, one, stamp)


def leaves_the_state(state: State) -> None:
    """The judge takes back what it tried, as it promises."""


def leaves_a_trial_open(state: State) -> None:
    state.journal.begin()
    state.journal.put(state.grants, "nobody", next(iter(state.grants.values())))


def moves_the_position(state: State) -> None:
    state.position += 1


@pytest.mark.parametrize("harm", [leaves_the_state, leaves_a_trial_open, moves_the_position])
def test_a_bug_fails_the_ask_that_met_it_and_no_other(
    failing: FailingLog, harm: Callable[[State], None]
) -> None:
    before = failing.head()

    def judge(state: State, one: Ask, stamp: Stamp) -> Answer:
        return judge_with_a_bug(state, one, stamp, harm=harm)

    keys = ("a", "b", "bad", "c", "d")
    asks = [ask(grant(number), key) for number, key in enumerate(keys, start=1)]
    given = asked_together(Committer(failing, judge=judge), *asks)
    assert statuses(given) == [201, 201, 500, 201, 201]
    assert said(given[2]).code == "Broken"
    assert failing.receipt((FOUNDER, "bad")) is None
    recorded = [decode(one.stored).key for one in failing.read(before, 100)]
    assert recorded == ["a", "b", "c", "d"]
    # The state was not harmed: the bug being gone, all goes on.
    assert statuses(asked_together(Committer(failing), asks[2])) == [201]


def test_what_the_log_cannot_keep_stops_nothing_else(failing: FailingLog) -> None:
    # A key of nothing but NUL passes no door; should one pass, the database refuses its bytes.
    keys = ("a", "b", "\0", "c")
    given = asked_together(Committer(failing), *(ask(grant(1), key) for key in keys))
    kept = [one.status for key, one in zip(keys, given, strict=True) if key != "\0"]
    assert kept == [201, 201, 201]


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
    """Terminate whoever holds the ledger's lock; returns how many there were."""
    holders = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted"
        "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        (count,) = connection.execute(holders).fetchone() or (0,)
        return count


def test_a_backend_that_is_ended_in_mid_batch_costs_nothing(
    address: str, postgres: PostgresLog
) -> None:
    before = postgres.head()
    ended: list[int] = []

    def judge(state: State, one: Ask, stamp: Stamp) -> Answer:
        if one.key == "k3" and not ended:
            ended.append(end_writers(address))
        return answer(state, one, stamp)

    asks = [ask(grant(1), f"k{number}") for number in range(6)]
    given = asked_together(Committer(postgres, judge=judge), *asks)
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
