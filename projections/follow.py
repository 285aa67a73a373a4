"""Follows the log: events in batches to every read model, rows and position in one transaction."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Final

import msgspec
import psycopg
import structlog
from psycopg import sql

from ledger.codec import decode
from ledger.events import Event
from projections.decisions import whole_decisions
from projections.feeding import FEW, Feed, LostModel, Writer
from projections.inserting import TablesLost, insertions
from projections.model import Model
from projections.registry import MODELS, SQL, ensure, positions, speaking_of, standing
from projections.statements import Connection

CHANNEL: Final = "allot_log"
BATCH: Final = 5_000
POLL_S: Final = 1.0
HEED_S: Final = 0.1
"""So soon an end is heard by who waits for news."""
RETRY_S: Final = 0.5

AWAY: Final = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)
"""How it shows that the database is gone, or that another is written to by now."""

_log = structlog.get_logger()


class Follower:
    """Feeds the models it can get hold of, over connections which it uses alone."""

    def __init__(
        self,
        connection: Connection,
        models: Sequence[Model] = MODELS,
        *,
        batch: int = BATCH,
        line: Connection | None = None,
        few: int = FEW,
    ) -> None:
        """Make what is missing. The connections are in autocommit mode.

        Over `line`, another connection, up to `few` events are written at once.
        """
        self._connection = connection
        self._models = {model.name: model for model in models}
        self._batch = batch
        self._feeds: dict[str, Feed] = {}
        self._locked: set[str] = set()
        self.is_level = False
        """Whether the last step read to the end of the log: whatever comes next will be told."""
        ensure(connection, tuple(models))
        for one in (connection, line):
            if one is not None:
                # What can be built again need not wait for the disk.
                one.execute("SET synchronous_commit = off")
                # A plan made while a table is small is kept when it has grown.
                one.execute("SET enable_seqscan = off")
        self._writer = Writer(connection, line, few)
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))

    def acquire(self) -> None:
        """Take over the models that no other process feeds, and those that were built anew."""
        for now in positions(self._connection):
            model = self._models.get(now.name)
            feed = self._feeds.get(now.name)
            if model is None or (feed is not None and feed.built == now.built):
                continue
            if now.name not in self._locked and not self._lock(now.name):
                continue
            reason = f"its tables are of version {now.version}, not {model.version}"
            if now.version == model.version:
                try:
                    known = insertions(self._connection, model)
                except TablesLost as lost:
                    reason = str(lost)
                else:
                    self._feeds[model.name] = Feed(model, now.position, now.built, known)
                    continue
            self._feeds.pop(model.name, None)
            self._unlock(model.name)
            self._say_stopped(now.name, f"{reason}: rebuild it", now.reason)

    def _lock(self, name: str) -> bool:
        mine = self._connection.execute(SQL["try_lock"], {"model": name}).fetchone()
        if mine is None or not mine[0]:
            return False
        self._locked.add(name)
        return True

    def _unlock(self, name: str) -> None:
        # A follower of the release that made these tables may have them.
        self._connection.execute(SQL["unlock"], {"model": name})
        self._locked.remove(name)

    def step(self) -> int:
        """Bring the models that are furthest behind on by one batch; returns how many events."""
        live = [feed for feed in self._feeds.values() if not feed.is_stopped]
        if not live:
            self.is_level = True
            return 0
        after = min(feed.position for feed in live)
        group = [feed for feed in live if feed.position == after]
        others = [feed.position for feed in live if feed.position > after]
        limit = min([self._batch, *(position - after for position in others)])
        stored = whole_decisions(self._connection, after, limit)
        self.is_level = not others and len(stored) < limit
        if not stored:
            return 0
        try:
            self._apply(group, after, stored)
        except LostModel as lost:
            _log.warning("a read model moved under its follower", why=str(lost))
            self._feeds = {n: f for n, f in self._feeds.items() if f not in group}
            self.acquire()
            self.is_level = False
        return len(stored)

    def _apply(self, group: Sequence[Feed], after: int, stored: Sequence[bytes]) -> None:
        events: list[Event] = []
        broken: Exception | None = None
        for one in stored:
            try:
                events.append(decode(one))
            except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
                broken = wrong
                break
        failed: dict[str, tuple[int, Exception]] = {}
        for feed in group:
            count, why = self._fold(feed, events)
            why = why or broken
            if why is not None:
                failed[feed.model.name] = (count, why)
        sound = [feed for feed in group if feed.model.name not in failed]
        self._write_each(sound, after, len(events))
        for feed in group:
            if feed.model.name in failed:
                count, why = failed[feed.model.name]
                self._stop_at(feed, events[:count], why)

    def _fold(self, feed: Feed, events: Sequence[Event]) -> tuple[int, Exception | None]:
        count = 0
        try:
            if feed.fold.lacks(events):
                with speaking_of(self._connection, feed.model.schema):
                    feed.fold.recall(self._connection, events)
            for event in events:
                feed.fold.fold(event)
                count += 1
        except psycopg.OperationalError:
            raise
        except Exception as why:  # noqa: BLE001 - whatever it is, the model stops with it
            self._demand_unmoved(feed)
            return count, why
        return count, None

    def _demand_unmoved(self, feed: Feed) -> None:
        """Raise LostModel unless a model still stands where this process left it.

        Where it was built anew meanwhile, its tables may go while they are read, and what is read
        has events in it that come again: that none can be applied twice is no failure.
        """
        now = next(one for one in standing(self._connection) if one.name == feed.model.name)
        if (now.position, now.built) != (feed.position, feed.built):
            raise LostModel(f"{feed.model.name} was built anew")

    def _write_each(self, feeds: Sequence[Feed], after: int, count: int) -> None:
        changes = [(feed, feed.fold.drain()) for feed in feeds]
        try:
            self._writer.write(changes, after, after + count)
        except AWAY:
            raise
        except psycopg.Error:
            # One model's rows are refused by its tables. The others must not wait for it.
            for feed, rows in changes:
                try:
                    self._writer.write([(feed, rows)], after, after + count)
                except AWAY:
                    raise
                except psycopg.Error as why:
                    self._stop(feed, f"after position {after}: {why}")

    def _stop_at(self, feed: Feed, sound: Sequence[Event], why: Exception) -> None:
        """Apply the decisions before the one with the event that failed, and stop there."""
        feed.begin_anew()
        before = feed.position
        failed = before + len(sound) + 1
        while sound and sound[-1].leg[0] + 1 != sound[-1].leg[1]:
            sound = sound[:-1]
        if sound:
            count, again = self._fold(feed, sound)
            if again is not None:
                raise RuntimeError(
                    f"{feed.model.name} failed at {before + count + 1}, and before it did not"
                ) from again
            self._writer.write([(feed, feed.fold.drain())], before, before + count)
        self._stop(feed, f"position {failed}: {type(why).__name__}: {why}")

    def _stop(self, feed: Feed, reason: str) -> None:
        feed.is_stopped = True
        self._say_stopped(feed.model.name, reason, None)

    def _say_stopped(self, name: str, reason: str, said: str | None) -> None:
        if reason != said:
            _log.error("a read model stopped", model=name, reason=reason)
            self._connection.execute(SQL["stop"], {"model": name, "reason": reason})


def follow(
    url: str,
    is_ending: threading.Event,
    *,
    models: Sequence[Model] = MODELS,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Follow until told to end; a database that goes away, or takes only reads, is waited for.

    `progress` is told how many events each batch had.
    """
    while not is_ending.is_set():
        try:
            with (
                psycopg.connect(url, autocommit=True) as connection,
                closing(psycopg.connect(url, autocommit=True)) as line,
            ):
                follower = Follower(connection, models, line=line)
                _follow(follower, connection, is_ending, progress or (lambda _: None))
        except AWAY as gone:
            _log.warning("the follower lost the database and tries again", why=str(gone))
            is_ending.wait(RETRY_S)


def _follow(
    follower: Follower,
    connection: Connection,
    is_ending: threading.Event,
    progress: Callable[[int], None],
) -> None:
    due = monotonic()
    while not is_ending.is_set():
        if monotonic() >= due:
            follower.acquire()
            due = monotonic() + POLL_S
        if count := follower.step():
            progress(count)
        if follower.is_level:
            _wait(connection, is_ending)


def _wait(connection: Connection, is_ending: threading.Event) -> None:
    """Wait for news, for the end, or for a while."""
    until = monotonic() + POLL_S
    with DefaultSelector() as news:
        news.register(connection, EVENT_READ)
        while not list(connection.notifies(timeout=0)):
            while not news.select(min(HEED_S, until - monotonic())):
                if is_ending.is_set() or monotonic() >= until:
                    return
