"""The one place with a transaction around events: a thread that judges and stores in batches."""

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from ledger.answers import answer, refused
from ledger.asks import Answer, Ask, Stamp
from ledger.events import Recorded
from ledger.known import Known, learn
from ledger.log import Log, LogUnavailable
from ledger.refusals import ClockUnsure
from ledger.replies import key_alone, stored, without_answer
from ledger.seal.sealing import Sealing
from ledger.sitting import Sitting
from ledger.stamping import CHANCE_BYTES, Stamps
from ledger.state import State

Clock = Callable[[], datetime]
Judge = Callable[[State, Ask, Stamp], Answer]
Done = Callable[[Sequence[Answer]], None]

BATCH_MAX: Final = 1000
BATCH_S: Final = 0.5
"""A batch holds the lock no longer than this for judging; what is left goes into the next."""
IDLE_S: Final = 1.0
"""Without commands, this often the state takes in what other processes appended."""
AGAIN_S: Final = 10.0
"""So long after a failure a batch is tried again, when the database answers."""
CLOCKS_APART_S: Final = 5.0
COMPARE_CLOCKS_S: Final = 5.0
UNAVAILABLE: Final = without_answer(503, "Unavailable", "The database is unavailable")
STOPPING: Final = without_answer(503, "Unavailable", "The service is stopping")
BROKEN: Final = without_answer(500, "Broken", "The ledger failed, and its log says how")
_log = structlog.get_logger()


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class AlreadyFounded(Exception):
    """The log is not empty: it is founded once."""


def found(
    log: Log,
    founding: Callable[[Stamp], Sequence[Recorded]],
    *,
    clock: Clock = system_clock,
) -> int:
    """Record the founding decision, in one transaction; returns the head.

    Raises AlreadyFounded when anything is recorded, and LogUnavailable.
    """
    events = founding(Stamps().next(clock(), os.urandom(CHANCE_BYTES)))
    with log.batch(0) as batch:
        if batch.catch_up(0):
            raise AlreadyFounded("the ledger is founded already")
        kept = [stored(event) for event in events]
        batch.append(kept, [key_alone(events[0])], Sealing().seal(kept))
    return events[-1].position


class _Group:
    """Asks that were handed in together, and are answered together."""

    __slots__ = ("answers", "asks", "done", "missing")

    def __init__(self, asks: Sequence[Ask], done: Done) -> None:
        self.asks = asks
        self.done = done
        self.answers: list[Answer | None] = [None] * len(asks)
        self.missing = len(asks)

    def answered(self, index: int, given: Answer) -> None:
        self.answers[index] = given
        self.missing -= 1
        if not self.missing:
            self.done([one for one in self.answers if one is not None])


_Waiting = tuple[_Group, int, Ask]


class Committer:
    """Judges asks in the order they arrive and stores what is decided, many in one commit.

    Nobody is told "stored" before the commit returned. `clock` gives aware datetimes. Unless it
    is told otherwise, the machine's own clock is held against the database's, and an injected
    one is not.
    """

    def __init__(
        self,
        log: Log,
        *,
        clock: Clock = system_clock,
        compares_clock: bool | None = None,
        judge: Judge = answer,
    ) -> None:
        self._log = log
        self._clock = clock
        self._compares = clock is system_clock if compares_clock is None else compares_clock
        self._judge = judge
        self._known: Known | None = None
        self._stamps = Stamps()
        self._compare_at = 0.0
        self._apart: str | None = None
        self._trouble: str | None = "has not begun"
        self._queue: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._ahead: deque[_Waiting] = deque()
        self._is_ending = False
        self._door = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)

    def start(self) -> None:
        """Begin to judge. What was submitted before is judged first."""
        self._thread.start()

    def stop(self) -> None:
        """Answer everything that was submitted, then end. Later asks are answered 503."""
        with self._door:
            if not self._is_closed:
                self._is_closed = True
                self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def trouble(self) -> str | None:
        """Why commands are not taken at the moment, in words; None when they are."""
        return self._apart or self._trouble

    def submit(self, ask: Ask, done: Callable[[Answer], None]) -> None:
        """Queue one ask; `done` is called once with its answer, on the committer's thread."""
        self.submit_many((ask,), lambda answers: done(answers[0]))

    def submit_many(self, asks: Sequence[Ask], done: Done) -> None:
        """Queue asks that are judged in this order; `done` is called once with all answers."""
        if not asks:
            done(())
            return
        with self._door:
            if not self._is_closed:
                self._queue.put(_Group(asks, done))
                return
        done([STOPPING] * len(asks))

    def _run(self) -> None:
        self._keep_up()
        while not (self._is_ending and not self._ahead):
            batch = self._take()
            if batch:
                self._commit(batch)
            elif not self._is_ending:
                self._keep_up()

    def _take(self) -> list[_Waiting]:
        """What waits, at most a batch of it; nothing when nobody asked for a while."""
        ahead = self._ahead
        while len(ahead) < BATCH_MAX and not self._is_ending:
            try:
                group = self._queue.get(not ahead, IDLE_S)
            except queue.Empty:
                break
            if group is None:
                self._is_ending = True
            else:
                ahead.extend((group, index, ask) for index, ask in enumerate(group.asks))
        return [ahead.popleft() for _ in range(min(len(ahead), BATCH_MAX))]

    def _keep_up(self) -> None:
        """Take in what others appended, so that no batch has to, and see whether all is well."""
        try:
            if self._known is None:
                self._known = learn(self._log)
            else:
                self._known.read_on(self._log)
            self._compare_clocks()
            self._trouble = None
        except LogUnavailable as away:
            self._forget(away)
        except Exception as bug:  # noqa: BLE001 - it is told, and the log is folded anew
            self._forget(bug)
            _log.exception("the log cannot be folded")

    def _forget(self, why: Exception) -> None:
        """Let go of a state that may hold what the log does not."""
        if not isinstance(why, LogUnavailable) or self._trouble is None:
            _log.warning("the committer drops its state and folds the log anew", why=str(why))
        self._known = None
        self._trouble = str(why) or type(why).__name__

    def _commit(self, batch: Sequence[_Waiting], again: float | None = None) -> None:
        """Store a batch, and tell. `again` = until when it is worth another try after a failure."""
        while batch:
            try:
                answers = self._store([ask for _, _, ask in batch])
            except Exception as failed:  # noqa: BLE001 - told, and the batch is tried anew
                self._recover(batch, failed, again)
                return
            for (group, index, _), given in zip(batch, answers, strict=False):
                self._tell(group, index, given)
            batch = batch[len(answers) :]

    def _recover(self, batch: Sequence[_Waiting], failed: Exception, again: float | None) -> None:
        """Ask again by key what became of a batch, and try anew what was not stored.

        In halves, so that what cannot be stored stops nothing else.
        """
        if not isinstance(failed, LogUnavailable):
            _log.exception("a batch failed")
        self._forget(failed)
        self._keep_up()
        is_hopeless = self._known is None or (again is not None and monotonic() > again)
        if is_hopeless or (again is not None and len(batch) == 1):
            answered = UNAVAILABLE if isinstance(failed, LogUnavailable) else BROKEN
            for group, index, _ in batch:
                self._tell(group, index, answered)
            return
        until = again or monotonic() + AGAIN_S
        middle = (len(batch) + 1) // 2
        self._commit(batch[:middle], until)
        self._commit(batch[middle:], until)

    def _store(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Judge as many as fit a batch and commit them; their answers, which are true by now."""
        if self._known is None:
            self._known = learn(self._log)
        self._compare_clocks()
        state, sealing = self._known.state, self._known.sealing
        keys = [(ask.by, ask.key) for ask in asks if not ask.dry_run]
        chosen = [ask.command.decision for ask in asks if ask.command.decision is not None]
        with self._log.batch(state.position, keys, chosen) as batch:
            self._known.take_in(batch.catch_up(state.position, sealing.root))
            self._stamps.follow(state.recorded_at)
            sitting = Sitting(batch.receipts(keys), batch.decided(chosen))
            until = monotonic() + BATCH_S
            # One call for all: asking the kernel costs a tenth of a judgement.
            chance = os.urandom(CHANCE_BYTES * len(asks))
            for start, ask in zip(range(0, len(chance), CHANCE_BYTES), asks, strict=True):
                given = sitting.standing(ask, state.position) or self._judged(
                    state, ask, chance[start : start + CHANCE_BYTES]
                )
                sitting.take(ask, given)
                if monotonic() > until:
                    break
            if sitting.receipts:
                batch.append(sitting.events, sitting.receipts, sealing.seal(sitting.events))
        self._trouble = None
        return sitting.answers

    def _judged(self, state: State, ask: Ask, chance: bytes) -> Answer:
        head = state.position
        if self._apart is not None:
            return refused(ClockUnsure(self._apart), ask, head)
        stamp = self._stamps.next(self._clock(), chance)
        try:
            given = self._judge(state, ask, stamp)
        except Exception:  # it is told, and fails this ask alone
            if state.position != head or state.journal.trying:
                raise
            _log.exception("an ask could not be judged", by=ask.by, key=ask.key)
            return BROKEN
        if given.events:
            self._stamps.follow(stamp.recorded_at)
        return given

    def _compare_clocks(self) -> None:
        if not self._compares or monotonic() < self._compare_at:
            return
        before, theirs, after = self._clock(), self._log.now(), self._clock()
        apart = max(before - theirs, theirs - after).total_seconds()
        is_sure = apart <= CLOCKS_APART_S
        self._apart = (
            None
            if is_sure
            else (
                f"The clock of this machine is {apart:.1f} s from the database's, and "
                f"{CLOCKS_APART_S:g} s are allowed: no time can be vouched for"
            )
        )
        self._compare_at = monotonic() + (COMPARE_CLOCKS_S if is_sure else IDLE_S)

    def _tell(self, group: _Group, index: int, given: Answer) -> None:
        try:
            group.answered(index, given)
        except Exception:  # noqa: BLE001 - told; the others still have to hear theirs
            _log.exception("an answer could not be handed over")
