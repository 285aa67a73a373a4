"""What becomes of asks when the log, a judge or the database fails under the committer."""

import threading
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest

from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.codec import decode
from ledger.committer import Committer
from ledger.log import Log
from ledger.periods import EPOCH, FOREVER
from ledger.state import State
from tests.support.committing import (
    FOUNDER,
    POOL,
    FailingLog,
    ask,
    asked_together,
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


def test_what_is_asked_twice_in_one_batch_is_seen_before_the_log_refuses_it(
    failing: FailingLog,
) -> None:
    chosen = str(uuid4())
    given = asked_together(
        Committer(failing),
        ask(grant(1), "k"),
        ask(grant(1), "k"),
        ask(grant(2, decision=chosen)),
        ask(grant(3, decision=chosen)),
    )
    assert statuses(given) == [201, 201, 201, 409]
    assert failing.batches == 1


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
    state.journal.add(state.free[POOL], EPOCH, FOREVER, -64)


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


def test_who_asks_a_committer_whose_thread_has_ended_is_told_so_at_once(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", lost.append)

    def prepare() -> None:
        raise ZeroDivisionError

    committer = Committer(log, prepare=prepare)
    early = [queued(committer, ask(grant(1))) for _ in range(3)]
    committer.start()
    assert statuses([one() for one in early]) == [503] * 3
    until(lambda: committer.trouble() == "its thread has ended")
    (late,) = told(committer, ask(grant(1)))
    assert (late.status, said(late).code) == (503, "Unavailable")
    assert (said(late).detail or "").startswith("The thread that decides has ended: ")
    committer.stop()
    assert [one.exc_type for one in lost] == [ZeroDivisionError]
