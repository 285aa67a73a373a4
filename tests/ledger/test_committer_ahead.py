"""One batch is judged while the one before it is on its way: nothing is said too early or wrong."""

import threading
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

import pytest

from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.committer import LOOK_EVERY, LOOK_TOGETHER, Committer
from ledger.log import Appending, Log, LogUnavailable, Overtaken, Receipt, Seal, StoredEvent
from ledger.seal.sealing import Sealing
from ledger.state import State
from tests.support.committing import (
    FailingLog,
    ask,
    committing,
    found_log,
    furniture,
    grant,
    queued,
    statuses,
    told,
    until,
)
from tests.support.memory_log import MemoryLog
from tests.support.trees import root_of


class SlowLog(FailingLog):
    """A log whose appends are held up, once `holds`, until they are let through.

    `lost` ones are never stored, and nobody knows.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self.inner = log
        reached = self.seal

        def seal() -> Seal | None:
            self.learned += 1
            return reached()

        self.seal = seal
        self.holds = False
        self.lost = 0
        self.held = 0
        self.learned = 0
        """How often somebody began from nothing: the newest seal is asked for then alone."""
        self._through = threading.Event()

    def let_through(self) -> None:
        """What is held up goes on, and nothing is held up from now on."""
        self.holds = False
        self._through.set()

    def append(
        self,
        after: int,
        root: bytes,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None,
    ) -> Appending:
        """What is held up is given to the log when it is let through."""
        if not self.holds:
            return super().append(after, root, events, receipts, seal)
        self.held += 1
        inner = super()

        def give() -> None:
            if self.lost:
                self.lost -= 1
                raise LogUnavailable("lost on its way")
            inner.append(after, root, events, receipts, seal).wait()

        return _Held(self._through, give)


class _Held:
    """`ledger.log.Appending` that is given to the log when it is let through."""

    def __init__(self, through: threading.Event, give: Callable[[], None]) -> None:
        self._through = through
        self._give = give

    def is_done(self, within_s: float = 0.0) -> bool:
        """Whether it was let through."""
        return self._through.wait(within_s)

    def wait(self) -> None:
        """Say how it ended, once it was."""
        assert self._through.wait(60)
        self._give()


@pytest.fixture
def slow() -> Iterator[SlowLog]:
    log = MemoryLog()
    found_log(log)
    with committing(Committer(log)) as committer:
        assert statuses(told(committer, *map(ask, furniture(64)))) == [201] * 4
    yield SlowLog(log)
    seal = log.seal()
    assert seal is not None
    assert (seal.size, seal.root) == (log.head(), root_of(log))


def test_what_is_heard_meanwhile_is_judged_on_top_and_told_afterwards(slow: SlowLog) -> None:
    with committing(Committer(slow)) as committer:
        slow.holds = True
        first = queued(committer, ask(grant(60)))
        until(lambda: slow.held == 1)
        early = threading.Event()
        committer.submit(ask(grant(10)), lambda _: early.set())
        second = queued(committer, ask(grant(4)))
        assert not early.wait(0.2), "an answer that rests on what is not stored was given"
        slow.let_through()
        assert (first().status, second().status) == (201, 201)
        assert early.is_set()


def test_what_was_heard_on_a_batch_that_was_overtaken_is_judged_anew(slow: SlowLog) -> None:
    with committing(Committer(slow)) as committer:
        slow.holds = True
        first = queued(committer, ask(grant(64)))
        until(lambda: slow.held == 1)
        second = queued(committer, ask(grant(10)))
        # Another process takes 40 of the 64 while the first is on its way.
        with committing(Committer(slow.inner)) as other:
            assert statuses(told(other, ask(grant(40)))) == [201]
        slow.let_through()
        assert (first().status, second().status) == (409, 201)
    assert slow.learned == 1, "what was void was taken back, and the log was not folded anew"


def test_what_was_heard_on_a_batch_that_was_lost_is_judged_anew(slow: SlowLog) -> None:
    before = slow.head()
    with committing(Committer(slow)) as committer:
        slow.holds = True
        slow.lost = 1
        first = queued(committer, ask(grant(64), "a"))
        until(lambda: slow.held == 1)
        second = queued(committer, ask(grant(64), "b"))
        slow.let_through()
        assert (first().status, second().status) == (201, 409)
    assert slow.head() == before + 1


def test_a_key_that_is_on_its_way_gives_its_own_answer_again(slow: SlowLog) -> None:
    before = slow.head()
    with committing(Committer(slow)) as committer:
        slow.holds = True
        first = queued(committer, ask(grant(1), "k"))
        until(lambda: slow.held == 1)
        again = queued(committer, ask(grant(1), "k"))
        other = queued(committer, ask(grant(2), "k"))
        slow.let_through()
        one, two, reused = first(), again(), other()
    assert (one.body, one.replayed) == (two.body, False)
    assert (two.status, two.replayed, reused.status) == (201, True, 422)
    assert slow.head() == before + 1


def test_stopping_waits_for_what_is_on_its_way(slow: SlowLog) -> None:
    committer = Committer(slow)
    committer.start()
    slow.holds = True
    first = queued(committer, ask(grant(1)))
    until(lambda: slow.held == 1)
    second = queued(committer, ask(grant(1)))
    stopping = threading.Thread(target=committer.stop)
    stopping.start()
    slow.let_through()
    stopping.join()
    assert (first().status, second().status) == (201, 201)


def test_an_append_that_does_not_follow_the_log_stores_nothing(log: Log) -> None:
    with committing(Committer(log)) as committer:
        assert statuses(told(committer, *map(ask, furniture(64)))) == [201] * 4
    seal = log.seal()
    assert seal is not None
    other = Sealing()
    for after, root in ((seal.size - 1, seal.root), (seal.size, other.root), (0, other.root)):
        with pytest.raises(Overtaken):
            log.append(after, root, (), (), None).wait()
    log.append(seal.size, seal.root, (), (), None).wait()
    assert log.head() == seal.size


def test_a_batch_ends_early_while_nothing_is_on_its_way_and_its_answers_come_together(
    slow: SlowLog,
) -> None:
    answers: list[Answer] = []
    counts: list[int] = []
    handed_over: list[int] = []

    def hear(count: int) -> None:
        handed_over.append(count)
        counts.append(len(answers))

    committer = Committer(slow, told=hear)
    for _ in range(LOOK_EVERY + 8):
        committer.submit(ask(grant(1)), answers.append)
    with committing(committer):
        until(lambda: len(answers) == LOOK_EVERY + 8)
    assert min(filter(None, counts)) == LOOK_EVERY
    assert counts[-1] == sum(handed_over) == LOOK_EVERY + 8


def test_a_batch_ends_later_among_asks_that_are_answered_together(slow: SlowLog) -> None:
    handed_over: list[int] = []
    answers: list[Answer] = []
    committer = Committer(slow, told=handed_over.append)
    asks = [ask(grant(1)) for _ in range(LOOK_TOGETHER + 8)]
    committer.submit_many(asks, answers.extend)
    with committing(committer):
        until(lambda: bool(answers))
    assert [count for count in handed_over if count] == [LOOK_TOGETHER, 8]


def test_a_trial_that_is_judged_ahead_is_told_that_an_id_is_taken(log: Log) -> None:
    chosen = str(uuid4())
    with committing(Committer(log)) as committer:
        told(committer, *map(ask, furniture()))
        told(committer, ask(grant(decision=chosen)))
        told(committer, ask(grant()))
        for command in (grant(3, decision=chosen), grant(999, decision=chosen)):
            trial, real = (
                told(committer, ask(command, dry_run=is_dry))[0] for is_dry in (True, False)
            )
            assert (trial.code, real.code) == ("AlreadyExists", "AlreadyExists")
        free = ask(grant(3, decision=str(uuid4())), dry_run=True)
        assert statuses(told(committer, free)) == [200]


def is_closed(committer: Committer) -> bool:
    """Whether an ask is answered at once, though a batch is held up: nothing more is taken."""
    heard: list[Answer] = []
    committer.submit(ask(grant(1), dry_run=True), heard.append)
    return bool(heard)


def test_what_is_lost_on_its_way_while_the_committer_stops_is_tried_again(slow: SlowLog) -> None:
    committer = Committer(slow)
    committer.start()
    slow.holds, slow.lost = True, 1
    first = queued(committer, ask(grant(1)))
    until(lambda: slow.held == 1)
    stopping = threading.Thread(target=committer.stop)
    stopping.start()
    until(lambda: is_closed(committer))
    slow.let_through()
    stopping.join()
    assert first().status == 201


def test_one_bug_fails_nobody_else_while_the_committer_stops(slow: SlowLog) -> None:
    def judge(state: State, one: Ask, stamp: Stamp) -> Answer:
        if one.key == "bad":
            state.journal.begin()
            raise ZeroDivisionError
        return answer(state, one, stamp)

    committer = Committer(slow, judge=judge)
    told_of = [queued(committer, ask(grant(1), key)) for key in ("a", "b", "c", "bad")]
    committer.start()
    committer.stop()
    assert [one().status for one in told_of] == [201, 201, 201, 500]
