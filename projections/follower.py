"""Feeds the read models: events in batches, rows and position in one transaction."""

from collections.abc import Sequence
from typing import Final

import msgspec
import psycopg
import structlog
from psycopg import sql

from ledger.codec import decode
from ledger.events import Event
from projections.decisions import whole_decisions
from projections.feeding import FEW, Feed, LostModel, Sent, Writer
from projections.inserting import insertions
from projections.model import Model
from projections.registry import MODELS, SQL, ensure, positions, speaking_of, standing
from projections.statements import Connection

CHANNEL: Final = "allot_log"
BATCH: Final = 5_000

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
            if now.version == model.version:
                known = insertions(self._connection, model)
                self._feeds[model.name] = Feed(model, now.position, now.built, known)
                continue
            self._feeds.pop(model.name, None)
            self._unlock(model.name)
            reason = f"its tables are of version {now.version}, not {model.version}"
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
        """Bring the models that are furthest behind on by one batch; returns how many events.

        A batch may be under way when this returns, until `settle` or a step that finds nothing.
        """
        live = [feed for feed in self._feeds.values() if not feed.is_stopped]
        after = min([feed.position for feed in live], default=0)
        group = [feed for feed in live if feed.position == after]
        others = [feed.position for feed in live if feed.position > after]
        limit = min([self._batch, *(position - after for position in others)])
        stored = whole_decisions(self._connection, after, limit) if live else []
        self.is_level = not others and len(stored) < limit
        if not stored:
            self.settle()
            return 0
        try:
            self._apply(group, after, stored)
        except LostModel as lost:
            self._let_go(group, lost)
        except _Unsettled:
            self.is_level = False
        return len(stored)

    @property
    def is_writing(self) -> bool:
        """Whether a batch is under way."""
        return self._writer.under_way is not None

    def settle(self) -> bool:
        """Wait until no batch is under way; whether the one that was is written.

        If it is not, every model begins anew where its tables stand, or is stopped.
        """
        sent = self._writer.under_way
        if sent is None:
            return True
        try:
            self._writer.settle()
        except LostModel as lost:
            self._let_go([feed for feed, _ in sent.changes], lost)
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            self._write_each(sent)
        else:
            return True
        # What was folded meanwhile is built on what was not written.
        for feed in self._feeds.values():
            feed.begin_anew()
        self.is_level = False
        return False

    def _demand_settled(self) -> None:
        if not self.settle():
            raise _Unsettled

    def _let_go(self, group: Sequence[Feed], lost: LostModel) -> None:
        """Take over anew what stands elsewhere than this process left it."""
        _log.warning("a read model moved under its follower", why=str(lost))
        self._feeds = {name: feed for name, feed in self._feeds.items() if feed not in group}
        self.acquire()
        self.is_level = False

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
        changes = [(feed, feed.fold.drain()) for feed in sound]
        self._demand_settled()
        self._write(Sent(changes, after, after + len(events)))
        for feed in group:
            if feed.model.name in failed:
                count, why = failed[feed.model.name]
                self._demand_settled()
                self._stop_at(feed, events[:count], why)

    def _fold(self, feed: Feed, events: Sequence[Event]) -> tuple[int, Exception | None]:
        lacks = feed.fold.lacks(events)
        if lacks:
            self._demand_settled()
        count = 0
        try:
            if lacks:
                with speaking_of(self._connection, feed.model.schema):
                    feed.fold.recall(self._connection, events)
            for event in events:
                feed.fold.fold(event)
                count += 1
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            self._demand_unmoved(feed)
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
        self._demand_settled()
        now = next(one for one in standing(self._connection) if one.name == feed.model.name)
        if (now.position, now.built) != (feed.position, feed.built):
            raise LostModel(f"{feed.model.name} was built anew")

    def _write(self, sent: Sent) -> None:
        try:
            self._writer.send(sent)
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            self._write_each(sent)

    def _write_each(self, sent: Sent) -> None:
        """One model's rows are refused by its tables: the others must not wait for it."""
        for feed, rows in sent.changes:
            try:
                self._writer.send(Sent([(feed, rows)], sent.before, sent.position))
                self._writer.settle()
            except LostModel as lost:
                self._let_go([feed], lost)
            except psycopg.OperationalError:
                raise
            except psycopg.Error as why:
                self._stop(feed, f"after position {sent.before}: {why}")

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
            self._writer.send(Sent([(feed, feed.fold.drain())], before, before + count))
            self._writer.settle()
        self._stop(feed, f"position {failed}: {type(why).__name__}: {why}")

    def _stop(self, feed: Feed, reason: str) -> None:
        feed.is_stopped = True
        self._say_stopped(feed.model.name, reason, None)

    def _say_stopped(self, name: str, reason: str, said: str | None) -> None:
        if reason != said:
            _log.error("a read model stopped", model=name, reason=reason)
            self._connection.execute(SQL["stop"], {"model": name, "reason": reason})


class _Unsettled(Exception):
    """What was under way is not written, so that what was folded behind it is to be folded anew."""
