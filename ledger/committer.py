"""The one place with a transaction around events: a thread that judges and stores in batches."""

import threading
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Final

import structlog

from ledger.answers import answer
from ledger.asks import Answer, Ask, Put
from ledger.chair import Chair, Judge
from ledger.clocks import Clock, Clocks, system_clock
from ledger.folding import Unneeded
from ledger.intake import Done, Intake, Waiting, tell_all, together
from ledger.known import Known, learn
from ledger.log import Log, LogUnavailable, Overtaken
from ledger.replies import BROKEN, ENDED, STOPPING, UNAVAILABLE
from ledger.sitting import Sent, Sitting
from ledger.sweeping import AT_ONCE

BATCH_MAX: Final = 1000
BATCH_S: Final = 0.5
"""Asks are judged no longer than this before what was decided is sent off."""
LOOK_EVERY: Final = 32
"""After so many judgements it is seen whether the disk waits: what was sent before is stored."""
LOOK_TOGETHER: Final = 64
"""The same among asks that were handed in together: none is answered before the last of them."""
LOOK_S: Final = 0.001
"""Where nobody asks meanwhile, this often it is seen whether somebody does by now."""
WARY_BATCHES: Final = 16
"""So many batches begin under the lock after one was overtaken: it is likely to happen again."""
IDLE_S: Final = 1.0
"""Without commands, this often the state takes in what other processes appended."""
AGAIN_S: Final = 10.0
"""So long after a failure a batch is tried again, when the database answers."""
_log = structlog.get_logger()


class Committer:
    """Judges asks in the order they arrive and stores what is decided, many in one commit.

    While one batch is on its way to the disk the next is judged on top of it; nobody is told
    "stored" before the commit returned. A batch is sent on the word that the log ends where it is
    known to; where another process has appended meanwhile, or a key was used before, nothing is
    stored, and the batch is judged anew under the lock. `clock` gives aware datetimes. Unless it
    is told otherwise, the machine's own clock is held against the database's, and an injected
    one is not. `told` is called with how many answers were handed over, those of a batch together.
    """

    def __init__(
        self,
        log: Log,
        *,
        clock: Clock = system_clock,
        compares_clock: bool | None = None,
        judge: Judge = answer,
        prepare: Callable[[], None] = lambda: None,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._log = log
        self._clocks = Clocks(clock, compares=compares_clock)
        self._chair = Chair(judge, self._clocks, log)
        self._known: Known | None = None
        self._trouble: str | None = "has not begun"
        self._intake = Intake()
        self._sent: Sent | None = None
        self._instead = STOPPING
        self._wary = 0
        self._prepare = prepare
        self._told = told
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)

    def start(self) -> None:
        """Begin to judge. What was submitted before is judged first."""
        self._thread.start()

    def stop(self) -> None:
        """Answer everything that was submitted, then end. Later asks are answered 503.

        So are they, and those that wait to be judged, once its thread meets what nobody expected.
        """
        self._intake.close()
        if self._thread.ident is not None:
            self._thread.join()

    def trouble(self) -> str | None:
        """Why commands are not taken at the moment, in words; None when they are."""
        if self._thread.ident is not None and not self._thread.is_alive():
            return "its thread has ended"
        return self._clocks.apart or self._trouble

    def submit(self, ask: Put, done: Callable[[Answer], None]) -> None:
        """Queue one ask; `done` is called once with its answer, on the committer's thread."""
        if not self._intake.put((Waiting(ask, done),)):
            done(self._instead.told(ask))

    def submit_many(self, asks: Sequence[Put], done: Done) -> None:
        """Queue asks that are judged in this order; `done` is called once with all answers."""
        if not asks:
            done(())
        elif not self._intake.put(together(asks, done)):
            done([self._instead.told(ask) for ask in asks])

    def _run(self) -> None:
        try:
            self._prepare()
            self._keep_up()
            while not (self._intake.is_over and self._sent is None):
                if self._known is None or self._wary:
                    self._go_warily()
                else:
                    self._go_ahead(self._known)
        except BaseException:  # who waits is not left to wait for a thread that ends
            self._instead = ENDED
            self._told(self._intake.give_up(ENDED.told))
            raise

    def _go_ahead(self, known: Known) -> None:
        """Judge what waits while what was judged before is stored, then send it off."""
        sent = self._sent
        before = sent.sitting if sent else Sitting(())
        sitting = Sitting(before.receipts, look_up=self._log.receipt, before=before.events)
        try:
            self._clocks.compare(self._log)
            self._hear(known, sitting)
        except Exception as failed:  # noqa: BLE001 - told, and what was heard is tried anew
            self._known = None
            if self._settle(known, sitting):
                self._tell(before)
                self._recover(sitting.waiting, failed)
            return
        if not self._settle(known, sitting):
            return
        failed = self._send(known, sitting) if sitting.waiting else None
        # Only now, so that the disk does not wait for those who hear their answers.
        self._tell(before)
        if failed is not None:
            self._recover(sitting.waiting, failed)
        elif not (sent or sitting.waiting or self._intake.is_over):
            self._keep_up()

    def _hear(self, known: Known, sitting: Sitting) -> None:
        """Judge what waits, as far as a batch goes and until what was sent before is stored."""
        state, sent = known.state, self._sent
        state.journal.hold()
        self._chair.follow(state)
        if sent is not None:
            known.let_rest(sent.sealing.size, len(sent.sitting.answers))
        wait_s = IDLE_S if sent is None else 0.0
        until = monotonic() + BATCH_S + wait_s
        while len(sitting.waiting) < BATCH_MAX:
            waiting = self._intake.take(wait_s)
            wait_s = 0.0
            if waiting is None:
                if sent is None or sent.appending.is_done(LOOK_S):
                    return
                continue
            self._chair.hear(state, sitting, waiting)
            count = len(sitting.waiting)
            if count % (LOOK_TOGETHER if self._intake.is_amid else LOOK_EVERY):
                continue
            if sent is None or sent.appending.is_done() or monotonic() > until:
                return

    def _send(self, known: Known, sitting: Sitting) -> Exception | None:
        """Send off what was judged; returns what went wrong."""
        sealing = known.sealing.copy()
        try:
            seal = known.sealing.seal(sitting.events)
            appending = self._log.append(
                sealing.size, sealing.root, sitting.events, sitting.receipts, seal
            )
        except Exception as failed:  # noqa: BLE001 - told, and the batch is tried anew
            return failed
        self._sent = Sent(sitting, appending, sealing, known.state.journal.kept())
        return None

    def _settle(self, known: Known, heard: Sitting) -> bool:
        """Wait until what was sent is stored. If it is not, what was heard since is void."""
        sent, self._sent = self._sent, None
        if sent is None:
            return True
        try:
            sent.appending.wait()
        except Overtaken:
            self._intake.put_back(heard.waiting)
            known.take_back(sent.sealing)
            self._wary = WARY_BATCHES
            self._commit(sent.sitting.waiting)
            return False
        except Exception as failed:  # noqa: BLE001 - told, and the batch is tried anew
            self._intake.put_back(heard.waiting)
            self._recover(sent.sitting.waiting, failed)
            return False
        known.state.journal.let_go(sent.changes)
        self._trouble = None
        return True

    def _go_warily(self) -> None:
        """Judge a batch under the lock, on what other processes appended."""
        batch = self._intake.take_some(BATCH_MAX, IDLE_S)
        if batch:
            self._wary = max(0, self._wary - 1)
            self._commit(batch)
        elif not self._intake.is_over:
            self._keep_up()

    def _keep_up(self, *, somebody_waits: bool = False) -> None:
        """Take in what others appended, so that no batch has to, and see whether all is well."""
        try:
            if self._known is None:
                self._known = learn(self._log, lambda: somebody_waits or not self._intake.is_done)
            else:
                self._known.read_on(self._log)
            self._clocks.compare(self._log)
            self._trouble = None
            self._sweep(self._known, is_awaited=somebody_waits)
        except Unneeded:
            return
        except LogUnavailable as away:
            self._forget(away)
        except Exception as bug:  # noqa: BLE001 - it is told, and the log is folded anew
            self._forget(bug)
            _log.exception("the log cannot be folded")

    def _sweep(self, known: Known, *, is_awaited: bool) -> None:
        while known.sweep.is_due and not (is_awaited or self._intake.is_asked()):
            known.sweep.go_on(known.sealing.size, AT_ONCE)
            sleep(0)  # who is about to ask needs this thread's lock

    def _forget(self, why: Exception) -> None:
        """Let go of a state that may hold what the log does not."""
        if not isinstance(why, LogUnavailable) or self._trouble is None:
            _log.warning("the committer drops its state and folds the log anew", why=str(why))
        self._known = None
        self._trouble = str(why) or type(why).__name__

    def _commit(self, batch: Sequence[Waiting], again: float | None = None) -> None:
        """Store a batch, and tell. `again` = until when it is worth another try after a failure."""
        while batch:
            try:
                sitting = self._store(batch)
            except Exception as failed:  # noqa: BLE001 - told, and the batch is tried anew
                self._recover(batch, failed, again)
                return
            self._tell(sitting)
            batch = batch[len(sitting.answers) :]

    def _recover(
        self, batch: Sequence[Waiting], failed: Exception, again: float | None = None
    ) -> None:
        """Ask by key what became of a batch, and try anew what was not stored."""
        # In halves, so that what cannot be stored stops nothing else.
        if not isinstance(failed, LogUnavailable):
            _log.error("a batch failed", exc_info=failed)
        self._forget(failed)
        self._keep_up(somebody_waits=True)
        is_hopeless = self._known is None or (again is not None and monotonic() > again)
        if is_hopeless or (again is not None and len(batch) == 1):
            why = UNAVAILABLE if isinstance(failed, LogUnavailable) else BROKEN
            tell_all(batch, [why.told(one.ask) for one in batch])
            self._told(len(batch))
            return
        until = again or monotonic() + AGAIN_S
        middle = (len(batch) + 1) // 2
        self._commit(batch[:middle], until)
        self._commit(batch[middle:], until)

    def _store(self, batch: Sequence[Waiting]) -> Sitting:
        """Judge as many as fit a batch under the lock, and commit them."""
        known = self._known = self._known or learn(self._log)
        self._clocks.compare(self._log)
        state, sealing = known.state, known.sealing
        state.journal.release()
        known.let_rest(sealing.size, len(batch))
        asks = [one.ask for one in batch if isinstance(one.ask, Ask)]
        keys = [(ask.by, ask.key) for ask in asks if not ask.dry_run]
        chosen = [ask.command.decision for ask in asks if ask.command.decision is not None]
        with self._log.batch(state.position, keys, chosen) as under_way:
            others = under_way.catch_up(state.position, sealing.root)
            known.take_in(others)
            self._chair.follow(state)
            used = under_way.receipts(keys).values()
            sitting = Sitting(used, under_way.decided(chosen))
            if others or used:
                self._wary = WARY_BATCHES
            until = monotonic() + BATCH_S
            for waiting in batch:
                self._chair.hear(state, sitting, waiting)
                if monotonic() > until:
                    break
            if sitting.receipts:
                under_way.append(sitting.events, sitting.receipts, sealing.seal(sitting.events))
        self._trouble = None
        return sitting

    def _tell(self, sitting: Sitting) -> None:
        tell_all(sitting.waiting, sitting.answers)
        self._told(len(sitting.answers))
