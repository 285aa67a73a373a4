"""Builds read models anew beside the ones that serve, compares both, and puts them in place.

A model is built in a schema of its own, from the log alone. Until the switch nothing that serves
is touched, so that an interrupted build leaves only that schema, which the next one drops.
"""

from collections.abc import Callable, Sequence
from typing import Final, LiteralString

from msgspec import Struct
from psycopg import IsolationLevel, sql

from ledger.codec import decode
from ledger.events import Event
from ledger.store.reading import read_after
from projections.model import Fold, Model
from projections.registry import SQL as REGISTRY
from projections.registry import ModelPosition, make, speaking_of
from projections.statements import Connection, fetch, statements
from projections.writing import write_changes

SQL: Final = statements("projections", "rebuild.sql")
BATCH: Final = 20_000
Progress = Callable[[str, int, int], None]
"""Told a model, the position it has reached, and the position it goes to."""


class Difference(Struct, frozen=True):
    """A table in which what served and what was built differ: how many rows, and the first few."""

    table: str
    rows_before: int
    rows_after: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


class Built(Struct, frozen=True):
    """What became of one model. `compared_at` is None when it could not be compared, `why` says."""

    model: str
    version_before: int
    version: int
    position: int
    switched: bool
    compared_at: int | None
    why: str | None
    differences: tuple[Difference, ...]


class AlreadyBuilding(Exception):
    """Another process builds the model anew at this moment."""


class _Print(Struct, frozen=True):
    rows: int
    hash: str


class Building:
    """One model, filled beside the one that serves."""

    def __init__(self, connection: Connection, model: Model) -> None:
        """Begin with empty tables. Raises AlreadyBuilding. The connection is in autocommit mode."""
        mine = connection.execute(SQL["try_lock"], {"model": model.name}).fetchone()
        if mine is None or not mine[0]:
            raise AlreadyBuilding(f"{model.name} is being built anew by another process")
        self.model = model
        self.position = 0
        self._connection = connection
        self._fold: Fold = model.begin(True)
        connection.execute(SQL["sort_memory"])
        make(connection, model, model.next_schema, indexed=False)

    def standing(self) -> ModelPosition:
        """Where the model that serves stands now."""
        return _standing(self._connection, self.model, REGISTRY["standing"])

    def index(self) -> None:
        """Make the indexes of the full tables, and tell the planner about them."""
        with speaking_of(self._connection, self.model.next_schema):
            self._connection.execute(self.model.indexes_sql)
        for table in self.model.tables:
            name = sql.Identifier(self.model.next_schema, table.name)
            self._connection.execute(sql.SQL(SQL["analyze"]).format(table=name))

    def compare(self, other: Connection) -> tuple[int, tuple[Difference, ...]]:
        """Compare with what serves, at the position where that stands; returns the position.

        `other` looks at one moment of the tables that serve, however their follower goes on.
        Only to list differences is the follower made to wait.
        """
        other.isolation_level = IsolationLevel.REPEATABLE_READ
        with other.transaction():
            at = _standing(other, self.model, REGISTRY["standing"]).position
            fill(self._connection, [self], at)
            if all(
                _print(other, self.model.schema, table.name)
                == _print(self._connection, self.model.next_schema, table.name)
                for table in self.model.tables
            ):
                return at, ()
        with self._connection.transaction():
            at = _standing(self._connection, self.model, REGISTRY["locked"]).position
            fill(self._connection, [self], at)
            found = [self._difference(table.name) for table in self.model.tables]
        return at, tuple(one for one in found if one is not None)

    def switch(self) -> int:
        """Put the new tables in the place of those that serve; returns the position.

        The follower waits for as long as the last events take.
        """
        connection, model = self._connection, self.model
        old = sql.Identifier(f"{model.schema}_old")
        connection.execute(sql.SQL(SQL["drop"]).format(schema=old))
        with connection.transaction():
            locked = _standing(connection, model, REGISTRY["locked"])
            fill(connection, [self], max(locked.position, self.position))
            for name, new in ((model.schema, old), (model.next_schema, None)):
                rename = sql.SQL(SQL["rename"]).format(
                    schema=sql.Identifier(name), name=new or sql.Identifier(model.schema)
                )
                connection.execute(rename)
            moved = {"model": model.name, "version": model.version, "position": self.position}
            connection.execute(REGISTRY["switched"], moved)
        connection.execute(sql.SQL(SQL["drop"]).format(schema=old))
        return self.position

    def drop(self) -> None:
        """Remove what was built, when it is not to serve."""
        name = sql.Identifier(self.model.next_schema)
        self._connection.execute(sql.SQL(SQL["drop"]).format(schema=name))

    def take(self, events: Sequence[Event]) -> None:
        """Fold the next events and write their rows."""
        with speaking_of(self._connection, self.model.next_schema):
            self._fold.recall(self._connection, events)
        for event in events:
            self._fold.fold(event)
        write_changes(self._connection, self.model, self.model.next_schema, self._fold.drain())
        self.position = events[-1].position

    def _difference(self, table: str) -> Difference | None:
        connection = self._connection
        before = _print(connection, self.model.schema, table)
        after = _print(connection, self.model.next_schema, table)
        if before == after:
            return None
        old = sql.Identifier(self.model.schema, table)
        new = sql.Identifier(self.model.next_schema, table)
        return Difference(
            table,
            before.rows,
            after.rows,
            _only(connection, old, new),
            _only(connection, new, old),
        )


def fill(
    connection: Connection,
    buildings: Sequence[Building],
    up_to: int,
    progress: Progress | None = None,
) -> None:
    """Bring models that stand at the same position on to another; each event is read once."""
    position = min(one.position for one in buildings)
    if any(one.position != position for one in buildings):
        raise ValueError("models that are filled together stand at the same position")
    while position < up_to:
        stored = read_after(connection, position, min(BATCH, up_to - position))
        if not stored:
            raise ValueError(f"the log ends at {position}, before {up_to}")
        events = [decode(one.stored) for one in stored]
        with connection.transaction():
            connection.execute(SQL["hasten"])
            for one in buildings:
                one.take(events)
        position = stored[-1].position
        for one in buildings:
            if progress is not None:
                progress(one.model.name, position, up_to)


def _standing(connection: Connection, model: Model, statement: LiteralString) -> ModelPosition:
    return fetch(connection, statement, {"model": model.name}, ModelPosition)[0]


def _print(connection: Connection, schema: str, table: str) -> _Print:
    query = sql.SQL(SQL["fingerprint"]).format(table=sql.Identifier(schema, table))
    return fetch(connection, query, {}, _Print)[0]


def _only(connection: Connection, left: sql.Identifier, right: sql.Identifier) -> tuple[str, ...]:
    query = sql.SQL(SQL["only_left"]).format(left=left, right=right)
    return tuple(fetch(connection, query, {}, str))
