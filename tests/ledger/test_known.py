"""A process knows the state and the tree of one log, and notices when it is on another."""

import threading

import pytest

from ledger.asks import Answer, Ask
from ledger.committer import Committer
from ledger.folding import Unneeded
from ledger.intake import Intake
from ledger.known import learn
from ledger.log import Log, LogUnavailable, Seal
from ledger.seal.sealing import Sealing
from tests.support.committing import (
    FailingLog,
    ask,
    committing,
    furniture,
    grant,
    statuses,
    told,
)
from tests.support.memory_log import MemoryLog
from tests.support.trees import root_of


def judged(log: Log, *asks: Ask) -> None:
    with committing(Committer(log)) as committer:
        assert statuses(told(committer, *asks)) == [201] * len(asks)


@pytest.fixture
def furnished(log: Log) -> Log:
    judged(log, *map(ask, furniture()))
    return log


def test_every_batch_seals_what_the_log_holds_with_it(furnished: Log) -> None:
    for _ in range(3):
        judged(furnished, ask(grant()))
        seal = furnished.seal()
        assert seal is not None
        assert (seal.size, seal.root) == (furnished.head(), root_of(furnished))


def test_a_refusal_leaves_the_seal_as_it_is(furnished: Log) -> None:
    before = furnished.seal()
    with committing(Committer(furnished)) as committer:
        assert statuses(told(committer, ask(grant(1000)))) == [409]
    assert furnished.seal() == before


def test_two_committers_continue_each_others_seals(furnished: Log) -> None:
    with committing(Committer(furnished)) as one, committing(Committer(furnished)) as other:
        for _ in range(5):
            assert statuses(told(one, ask(grant()))) == [201]
            assert statuses(told(other, ask(grant()))) == [201]
    seal = furnished.seal()
    assert seal is not None
    assert seal.root == root_of(furnished)


def test_what_is_known_is_the_whole_log(furnished: Log) -> None:
    known = learn(furnished)
    judged(furnished, ask(grant()))
    known.read_on(furnished)
    assert known.state.position == known.sealing.size == furnished.head()
    assert known.sealing.root == root_of(furnished)


class Growing(FailingLog):
    """A log that grows as soon as one has looked at its seal."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._growing = log
        self.seal = self._seal

    def _seal(self) -> Seal | None:
        newest = self._growing.seal()
        judged(self._growing, ask(grant()), ask(grant()))
        return newest


def test_what_is_appended_while_one_learns_is_known_too(furnished: Log) -> None:
    before = furnished.head()
    known = learn(Growing(furnished))
    assert known.state.position == known.sealing.size == before + 2
    assert known.sealing.root == root_of(furnished)


class Paged(FailingLog):
    """A log that says when one begins to read what follows its first page."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._paged = log
        self.followed = threading.Event()
        self.readers: list[threading.Thread] = []
        self.lines = self._lines
        self.is_cut_off = False

    def _lines(self, after: int, limit: int) -> bytes:
        self.readers.append(threading.current_thread())
        if after:
            self.followed.set()
            if self.is_cut_off:
                raise LogUnavailable("cut off behind the first page")
        return self._paged.lines(after, limit)


def test_a_page_is_read_while_the_one_before_it_is_folded(furnished: Log) -> None:
    paged = Paged(furnished)
    known = learn(paged, is_needed=lambda: paged.followed.wait(10))
    assert known.state.position == furnished.head()


def test_who_is_needed_no_longer_leaves_nobody_who_reads(furnished: Log) -> None:
    paged = Paged(furnished)
    with pytest.raises(Unneeded):
        learn(paged, is_needed=lambda: False)
    assert [one for one in paged.readers if one.is_alive()] == []


def test_a_log_that_is_cut_off_behind_a_page_is_not_taken_for_a_short_one(
    furnished: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.folding.READ_AT_ONCE", 1)
    paged = Paged(furnished)
    paged.is_cut_off = True
    with pytest.raises(LogUnavailable):
        learn(paged)


class Outgrown(FailingLog):
    """A log that grows by more than a page as soon as its last page was read."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._outgrown = log
        self.lines = self._lines
        self.has_grown = False

    def _lines(self, after: int, limit: int) -> bytes:
        found = self._outgrown.lines(after, limit)
        if not self.has_grown and len(found.splitlines()) < limit:
            self.has_grown = True
            judged(self._outgrown, *(ask(grant()) for _ in range(2 * limit)))
        return found


def test_a_log_that_grows_by_more_than_a_page_has_no_gap(
    furnished: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last page holds one event, or none, of the two that it could.
    monkeypatch.setattr("ledger.folding.READ_AT_ONCE", 2)
    for is_one_more in (True, False):
        outgrown = Outgrown(furnished)
        if (furnished.head() % 2 == 0) == is_one_more:
            judged(furnished, ask(grant(1)))
        known = learn(outgrown)
        assert outgrown.has_grown
        known.read_on(furnished)
        assert known.state.position == known.sealing.size == furnished.head()


class Long(FailingLog):
    """A log that takes a while to be read: until it is let through."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._reading = log
        self.begun = threading.Event()
        self.through = threading.Event()
        self.pages = 0
        self.beginnings = 0
        self.lines = self._lines
        self.snapshot = self._snapshot

    def _snapshot(self) -> tuple[int, bytes] | None:
        self.beginnings += 1
        return self._reading.snapshot()

    def _lines(self, after: int, limit: int) -> bytes:
        self.pages += 1
        self.begun.set()
        assert self.through.wait(60)
        return self._reading.lines(after, limit)


@pytest.mark.parametrize("asked", [0, 1], ids=["nobody waits", "somebody waits"])
def test_a_log_is_read_to_its_end_after_the_end_for_those_alone_who_wait(
    furnished: Log, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = threading.Event()
    close = Intake.close
    events = furnished.head()
    monkeypatch.setattr("ledger.folding.READ_AT_ONCE", 1)
    monkeypatch.setattr(Intake, "close", lambda intake: (close(intake), closed.set()))
    long = Long(furnished)
    committer = Committer(long)
    answers: list[Answer] = []
    committer.start()
    assert long.begun.wait(60)
    for _ in range(asked):
        committer.submit(ask(grant()), answers.append)
    stopping = threading.Thread(target=committer.stop)
    stopping.start()
    assert closed.wait(60)
    long.through.set()
    stopping.join(60)
    assert statuses(answers) == [201] * asked
    # One page is read ahead of what is folded, and behind the last there is none.
    assert long.pages == (events + 1 if asked else 2)
    assert long.beginnings == 1


@pytest.fixture
def fork(furnished: Log) -> MemoryLog:
    """Another log that begins with the same batches."""
    copy = MemoryLog()
    sealing = Sealing()
    for events in (furnished.read(0, 6), *([one] for one in furnished.read(6, 100))):
        with copy.batch() as batch:
            batch.append(list(events), [], sealing.seal(list(events)))
    return copy


def test_a_copy_that_grew_differently_is_noticed_before_anything_is_judged(
    furnished: Log, fork: MemoryLog
) -> None:
    served = FailingLog(furnished)
    with committing(Committer(served)) as committer:
        assert statuses(told(committer, *[ask(grant(1)) for _ in range(4)])) == [201] * 4
        for number in range(4):
            judged(fork, ask(grant(16), f"fork {number}"))
        assert fork.head() == furnished.head()
        FailingLog.__init__(served, fork)
        # 60 of 64 are free where the process comes from, and none where it is now.
        assert statuses(told(committer, ask(grant(1)))) == [409]
        # Sent on what was known, judged under the lock, and again on what is there.
        assert served.batches == 3
    seal = fork.seal()
    assert seal is not None
    assert seal.root == root_of(fork)


def test_a_batch_on_another_history_is_refused(furnished: Log, fork: MemoryLog) -> None:
    known = learn(furnished)
    with fork.batch() as batch:
        batch.catch_up(known.state.position, known.sealing.root)
    judged(furnished, ask(grant()))
    judged(fork, ask(grant()))
    known.read_on(furnished)
    with fork.batch() as batch, pytest.raises(LogUnavailable, match="not the log that was read"):
        batch.catch_up(known.state.position, known.sealing.root)
