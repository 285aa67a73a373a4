"""Writes what a batch changes in the tables of several models, and where they stand by then."""

from collections.abc import Mapping, Sequence
from typing import Final

import psycopg

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


class Writer:
    """Writes over one connection by COPY; over another, if there is one, few events at once."""

    def __init__(self, connection: Connection, line: Connection | None, few: int) -> None:
        """Take the line over for good."""
        self._connection = connection
        self._line = None if line is None else Line(line)
        self._few = few

    def write(
        self, changes: Sequence[tuple[Feed, Sequence[Changes]]], before: int, position: int
    ) -> None:
        """Bring models from one position to another, all or none.

        Raises LostModel when one does not stand there, psycopg.Error for what cannot be written.
        """
        built = {feed.model.name: feed.built for feed, _ in changes}
        try:
            if self._line is not None and position - before <= self._few:
                with self._line.whole():
                    self._line.advance(before, position, built)
                    for feed, rows in changes:
                        self._line.write(feed.insertions, rows)
            else:
                self._copy(changes, before, position, built)
        except psycopg.errors.NotNullViolation as refused:
            if refused.diag.schema_name != SCHEMA:
                raise
            raise LostModel(f"{', '.join(built)} do not all stand at {before}") from refused
        for feed, _ in changes:
            feed.position = position

    def _copy(
        self,
        changes: Sequence[tuple[Feed, Sequence[Changes]]],
        before: int,
        position: int,
        built: Mapping[str, int],
    ) -> None:
        moved = {"before": before, "position": position}
        named = {"models": list(built), "built": list(built.values())}
        with self._connection.transaction():
            self._connection.execute(SQL["advance"], moved | named)
            for feed, rows in changes:
                write_changes(self._connection, feed.model, feed.model.schema, rows)
