"""The committer answers what is stored, in order, once a key."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ledger.asks import Answer, Ask
from ledger.codec import decode
from ledger.commands import Decision
from ledger.committer import Committer
from ledger.founding import AlreadyFounded
from ledger.log import Log
from ledger.replies import key_alone
from ledger.seal.sealing import Sealing
from tests.support.committing import (
    FOUNDER,
    HandClock,
    ask,
    committing,
    found_log,
    furniture,
    grant,
    queued,
    said,
    statuses,
    told,
)
from tests.support.memory_log import MemoryLog

FOUNDING = 6
FURNISHED = FOUNDING + 4


def furnished(committer: Committer) -> None:
    assert statuses(told(committer, *map(ask, furniture()))) == [201] * 4


def together(log: Log, *asks: Ask) -> list[Answer]:
    """Answers to asks that are judged in one batch, on a furnished ledger."""
    with committing(Committer(log)) as committer:
        furnished(committer)
    batched = Committer(log)
    waiting = [queued(batched, one) for one in asks]
    with committing(batched):
        return [answer() for answer in waiting]


def test_an_answer_is_given_when_it_is_stored(log: Log) -> None:
    seen: list[tuple[int, bool]] = []
    with committing(Committer(log)) as committer:
        furnished(committer)
        for key in ("k1", "k2", "k3"):
            committer.submit(
                ask(grant(), key),
                lambda given, key=key: seen.append(
                    (given.position - log.head(), log.receipt((FOUNDER, key)) is not None)
                ),
            )
    # The head may be further by then: a batch holds several.
    assert len(seen) == 3
    assert all(is_kept and ahead <= 0 for ahead, is_kept in seen)


def test_what_is_asked_together_is_judged_in_order(log: Log) -> None:
    answers: list[Sequence[Answer]] = []
    with committing(Committer(log)) as committer:
        furnished(committer)
        committer.submit_many([ask(grant(40)), ask(grant(40)), ask(grant(24))], answers.append)
    (given,) = answers
    assert statuses(given) == [201, 409, 201]
    assert [one.position for one in given] == [FURNISHED + 1, FURNISHED + 1, FURNISHED + 2]


def test_more_than_a_batch_is_answered_as_one_and_in_order() -> None:
    log = MemoryLog()
    found_log(log)
    answers: list[Sequence[Answer]] = []
    with committing(Committer(log)) as committer:
        assert statuses(told(committer, *map(ask, furniture(5000)))) == [201] * 4
        committer.submit_many([ask(grant()) for _ in range(2345)], answers.append)
    (given,) = answers
    assert [one.position for one in given] == list(range(FURNISHED + 1, FURNISHED + 2346))


def test_nothing_asked_is_nothing_answered() -> None:
    answers: list[Sequence[Answer]] = []
    Committer(MemoryLog()).submit_many([], answers.append)
    assert answers == [()]


def test_a_key_gives_its_first_answer_again(log: Log) -> None:
    first, again = together(log, ask(grant(40), "k"), ask(grant(40), "k"))
    assert (first.status, first.replayed) == (201, False)
    assert (again.status, again.body, again.position) == (201, first.body, first.position)
    assert again.replayed
    with committing(Committer(log)) as after_a_restart:
        (later,) = told(after_a_restart, ask(grant(40), "k"))
    assert (later.body, later.replayed) == (first.body, True)
    assert log.head() == FURNISHED + 1


def test_a_no_stays_a_no_for_its_key(log: Log) -> None:
    too_much, grants = ask(grant(65), "k"), ask(grant(64))
    with committing(Committer(log)) as committer:
        furnished(committer)
        no, yes, again, anew = told(committer, too_much, grants, too_much, ask(grant(65), "k2"))
    assert statuses([no, yes, again, anew]) == [409, 201, 409, 409]
    assert said(no).code == "NotEnoughFree"
    assert again.body == no.body
    assert anew.body != no.body


def test_a_key_for_another_command_is_refused_and_nothing_kept(log: Log) -> None:
    first, other = together(log, ask(grant(1), "k"), ask(grant(2), "k"))
    assert statuses([first, other]) == [201, 422]
    assert said(other).code == "KeyReused"
    kept = log.receipt((FOUNDER, "k"))
    assert kept is not None
    assert kept.body == first.body
    assert log.head() == FURNISHED + 1


def test_a_key_belongs_to_the_person_who_used_it(log: Log) -> None:
    mine, theirs = together(log, ask(grant(), "k"), ask(grant(), "k", by="eve@lab"))
    assert statuses([mine, theirs]) == [201, 403]
    assert not theirs.replayed


def test_a_trial_keeps_nothing_and_uses_no_key(log: Log) -> None:
    first, second, real = together(
        log, ask(grant(64), dry_run=True), ask(grant(64), dry_run=True), ask(grant(64))
    )
    assert statuses([first, second, real]) == [200, 200, 201]
    assert log.receipt((FOUNDER, "")) is None
    assert log.head() == FURNISHED + 1


def test_a_decision_takes_its_id_once(log: Log) -> None:
    chosen = str(uuid4())
    first, second = together(
        log, ask(grant(decision=chosen)), ask(grant(2, decision=chosen), "second")
    )
    assert statuses([first, second]) == [201, 409]
    assert said(first).decision == chosen
    assert said(second).code == "AlreadyExists"
    with committing(Committer(log)) as later:
        third, again, trial = told(
            later,
            ask(grant(3, decision=chosen)),
            ask(grant(2, decision=chosen), "second"),
            ask(grant(3, decision=chosen), dry_run=True),
        )
    assert statuses([third, again, trial]) == [409, 409, 409]
    assert (again.body, again.replayed) == (second.body, True)


def test_times_rise_from_decision_to_decision_whatever_the_clock_does(log: Log) -> None:
    clock = HandClock(datetime.now(UTC) + timedelta(hours=1))
    legs = Decision(legs=(grant(1), grant(2)))
    with committing(Committer(log, clock=clock)) as committer:
        furnished(committer)
        told(committer, ask(legs))
        clock.move(-3600)
        told(committer, ask(grant(65)), ask(grant(3)))
        clock.move(7200)
        told(committer, ask(grant(4)))
    events = [decode(one.stored) for one in log.read(FOUNDING, 100)]
    assert [event.leg for event in events[4:6]] == [(0, 2), (1, 2)]
    assert events[4].recorded_at == events[5].recorded_at
    times = [event.recorded_at for event in events if event.leg[0] == 0]
    assert times == sorted(set(times))
    assert times[-1] == f"{clock.now:%Y-%m-%dT%H:%M:%S.%f}Z"


def test_ids_of_one_decision_are_its_own_and_sort_by_time(log: Log) -> None:
    given = together(log, ask(Decision(legs=(grant(1), grant(2)))), ask(grant(3)))
    assert statuses(given) == [201, 201]
    events = [decode(one.stored) for one in log.read(0, 100)]
    ids = [event.id for event in events]
    assert len(set(ids)) == len(ids)
    assert {one[14] for one in ids} == {"7"}
    decisions = list(dict.fromkeys(event.decision for event in events))
    assert [one[:13] for one in decisions] == sorted(one[:13] for one in decisions)
    assert len(decisions) == 1 + 4 + 2


def test_an_unfounded_ledger_takes_nothing() -> None:
    log = MemoryLog()
    with committing(Committer(log)) as committer:
        (given,) = told(committer, ask(grant(), "k"))
        assert (given.status, said(given).code) == (503, "Unfounded")
        assert log.receipt((FOUNDER, "k")) is None
        # It is founded meanwhile, by another process.
        found_log(log)
        (given,) = told(committer, ask(furniture()[0], "k"))
    assert given.status == 201


def test_a_ledger_is_founded_once(log: Log) -> None:
    with pytest.raises(AlreadyFounded):
        found_log(log)
    assert log.head() == FOUNDING
    assert [decode(one.stored).leg for one in log.read(0, 100)] == [(n, 6) for n in range(6)]


def test_the_key_of_the_founding_is_used_up(log: Log) -> None:
    founding = decode(log.read(0, 1)[0].stored)
    (given,) = together(log, ask(grant(), founding.key))
    assert (given.status, said(given).code) == (422, "KeyReused")


def test_a_key_restored_without_its_answer_is_refused(log: Log) -> None:
    (first,) = together(log, ask(grant(), "k"))
    assert first.status == 201
    restored = MemoryLog()
    with restored.batch() as batch:
        events = log.read(0, 100)
        keys = [key_alone(decode(one.stored)) for one in events[5:]]
        batch.append(events, keys, Sealing().seal(events))
    with committing(Committer(restored)) as committer:
        again, new = told(committer, ask(grant(), "k"), ask(grant(), "k2"))
    assert (again.status, said(again).code) == (422, "KeyReused")
    assert new.status == 201


def test_a_clock_that_cannot_be_vouched_for_records_nothing() -> None:
    ours = timedelta(0)
    log = MemoryLog(now=lambda: datetime.now(UTC) + ours)
    found_log(log)
    with committing(Committer(log)) as committer:
        furnished(committer)
        (before,) = told(committer, ask(grant(), "before"))
    ours = timedelta(seconds=6)
    with committing(Committer(log)) as committer:
        unsure, trial, known = told(
            committer,
            ask(grant(), "k"),
            ask(grant(), dry_run=True),
            ask(grant(), "before"),
        )
        assert committer.trouble() is not None
    assert statuses([unsure, trial]) == [503, 503]
    assert said(unsure).code == "ClockUnsure"
    assert log.receipt((FOUNDER, "k")) is None
    # What was answered once is still the answer.
    assert (known.body, known.replayed) == (before.body, True)
    ours = timedelta(seconds=4)
    with committing(Committer(log)) as committer:
        assert statuses(told(committer, ask(grant(), "k"))) == [201]


def test_an_injected_clock_is_not_held_against_the_database() -> None:
    log = MemoryLog()
    clock = HandClock()
    found_log(log, clock)
    with committing(Committer(log, clock=clock)) as committer:
        furnished(committer)
    with committing(Committer(log, clock=clock, compares_clock=True)) as committer:
        (given,) = told(committer, ask(grant()))
    assert said(given).code == "ClockUnsure"


def test_stopping_answers_what_was_asked_and_refuses_what_comes_after(log: Log) -> None:
    committer = Committer(log)
    waiting = [queued(committer, ask(one)) for one in furniture()]
    committer.start()
    committer.stop()
    assert statuses([answer() for answer in waiting]) == [201] * 4
    (late,) = told(committer, ask(grant(), "late"))
    assert (late.status, said(late).code) == (503, "Unavailable")
    assert log.receipt((FOUNDER, "late")) is None
    assert committer.trouble() == "its thread has ended"
    committer.stop()


def test_a_committer_that_never_began_takes_no_commands() -> None:
    committer = Committer(MemoryLog())
    assert committer.trouble() is not None
    committer.stop()


def test_who_does_not_listen_harms_nobody_else(log: Log) -> None:
    def deaf(_: Answer) -> None:
        raise ConnectionResetError

    with committing(Committer(log)) as committer:
        furnished(committer)
        committer.submit(ask(grant(), "deaf"), deaf)
        assert statuses(told(committer, ask(grant()))) == [201]
    assert log.receipt((FOUNDER, "deaf")) is not None
