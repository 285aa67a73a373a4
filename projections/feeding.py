"""Writes what a batch changes in the tables of several models, and where they stand by then."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from msgspec import Struct

from projections.inserting import Insertion, Line
from projections.model import Fold, Model
from projections.registry import SQL
from projections.sheets import Changes
from projections.statements import Connection
from projections.writing import write_changes

SCHEMA: Final = "projections"
"""Where each model's position stands."""
FEW: Final = 500
"""So many events are written in one round; more take a few rounds for each table, but less time."""


class Feed:
    """A model that this process feeds: its fold, and the position of its tables."""

    def __init__(
        self, model: Model, position: int, built: int, insertions: Mapping[str, Insertion]
    ) -> None:
        self.model = model
        self.insertions = insertions
        self.position = position
        self.built = built
        self.is_stopped = False
        self.fold: Fold = model.begin(position == 0)

    def begin_anew(self) -> None:
        """Forget what is in memory; it is read back from the tables."""
        self.fold = self.model.begin(self.position == 0)


class LostModel(Exception):
    """A model no longer stands where this process left it: somebody else switched or fed it."""


class Sent(Struct, frozen=True):
    """What brings models from one position to another."""

    changes: Sequence[tuple[Feed, Sequence[Changes]]]
    before: int
    position: int

    @property
    def built(self) -> dict[str, int]:
        """The models, and how often each was built."""
        return {feed.model.name: feed.built for feed, _ in self.changes}


class Writer:
    """Writes over one connection by COPY; over another, if there is one, few events at once.

    What goes over the other may be under way while the next events are folded.
    """

    def __init__(self, connection: Connection, line: Connection | None, few: int) -> None:
        """Take the line over for good."""
        self._connection = connection
        self._line = None if line is None else Line(line)
        self._few = few
        self.under_way: Sent | None = None

    def send(self, sent: Sent) -> None:
        """Bring models from one position to another, all or none; few events may be under way.

        The models are taken to stand there from now on. Raises as `settle` does.
        """
        if self._line is None or sent.position - sent.before > self._few:
            self._copy(sent)
        else:
            with _none_lost(sent), self._line.whole():
                self._line.advance(sent.before, sent.position, sent.built)
                for feed, rows in sent.changes:
                    self._line.write(feed.insertions, rows)
            self.under_way = sent
        for feed, _ in sent.changes:
            feed.position = sent.position

    def settle(self) -> None:
        """Wait until nothing is under way.

        Raises LostModel when one of the models did not stand where it was taken to, psycopg.Error
        for what cannot be written: then nothing of it is.
        """
        sent, self.under_way = self.under_way, None
        if sent is not None and self._line is not None:
            with _none_lost(sent):
                self._line.finish()

    def _copy(self, sent: Sent) -> None:
        built = sent.built
        moved = {"before": sent.before, "position": sent.position}
        named = {"models": list(built), "built": list(built.values())}
        with _none_lost(sent), self._connection.transaction():
            self._connection.execute(SQL["advance"], moved | named)
            for feed, rows in sent.changes:
                write_changes(self._connection, feed.model, feed.model.schema, rows)


@contextmanager
def _none_lost(sent: Sent) -> Generator[None]:
    """Raise LostModel where the tables refuse that a model has no next position."""
    try:
        yield
    except psycopg.errors.NotNullViolation as refused:
        if refused.diag.schema_name != SCHEMA:
            raise
        names = ", ".join(sent.built)
        raise LostModel(f"{names} do not all stand at {sent.before}") from refused
