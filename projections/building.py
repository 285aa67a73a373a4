"""Builds read models anew beside the ones that serve, compares both, and puts them in place.

A model is built in a schema of its own, from the log alone. Until the switch nothing that serves
is touched, so that an interrupted build leaves only that schema, which the next one drops.
"""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic, sleep
from typing import Final, LiteralString

from msgspec import Struct
from psycopg import sql
from psycopg.errors import LockNotAvailable

from ledger.codec import decode_lines
from ledger.events import Event
from ledger.store.reading import read_lines
from projections.model import Fold, Model
from projections.registry import SQL as REGISTRY
from projections.registry import ModelPosition, make, speaking_of
from projections.sheets import Changes
from projections.statements import Connection, fetch, named, statements
from projections.writing import write_changes

SQL: Final = statements("projections", "rebuild.sql")
NAME: Final = "allot rebuild"
"""The application_name of connections that build."""
BATCH: Final = 20_000
LONG: Final = 100_000
"""A table with the facts of fewer events is soon looked through, without an index."""
TRIES: Final = 30
WAIT_S: Final = 2.0
"""How long the follower waits at a time for reads that began earlier to end."""
LOOK_S: Final = 0.002
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


class StillRead(Exception):
    """A read that began before the new tables were full does not end."""


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
        self._indexed: set[str] = set()
        self._connection = connection
        self._fold: Fold = model.begin(True)
        connection.execute(SQL["sort_memory"])
        # A build that was interrupted left it. What is made anew takes frozen rows.
        self.drop()

    def make(self) -> None:
        """Make the empty tables."""
        make(self._connection, self.model, self.model.next_schema, indexed=False)

    def standing(self) -> ModelPosition:
        """Where the model that serves stands now."""
        return _standing(self._connection, self.model, REGISTRY["standing"])

    def index(self) -> None:
        """Make the indexes of the full tables, and tell the planner about them."""
        self._make_indexes(named(self.model.indexes_sql))
        for table in self.model.tables:
            name = sql.Identifier(self.model.next_schema, table.name)
            self._connection.execute(sql.SQL(SQL["analyze"]).format(table=name))

    def _make_indexes(self, names: Iterable[str]) -> None:
        missing = [name for name in names if name not in self._indexed]
        if not missing:
            return
        texts = named(self.model.indexes_sql)
        with speaking_of(self._connection, self.model.next_schema):
            for name in missing:
                self._connection.execute(texts[name])
        self._indexed.update(missing)

    def compare(self, other: Connection) -> tuple[int, tuple[Difference, ...]]:
        """Compare with what serves, at the position where that stands; returns the position.

        `other` looks at one moment of the tables that serve, however their follower goes on.
        Only to list differences is the follower made to wait.
        """
        with other.transaction():
            other.execute(SQL["one_moment"])
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

    def switch(self, other: Connection) -> int:
        """Put the new tables in the place of those that serve; returns the position.

        The follower waits meanwhile. Whoever still reads at an earlier moment would find the new
        tables as they were then, half full, so such reads are waited for, and no new one sees
        another position than the new tables have. Raises StillRead when a read does not end.
        """
        old = f"{self.model.schema}_old"
        self._drop(old)
        for _ in range(TRIES):
            with other.transaction():
                locked = _standing(other, self.model, REGISTRY["locked"])
                fill(self._connection, [self], max(locked.position, self.position))
                if self._read_by_nobody(other):
                    if fetch(other, SQL["is_there"], {"schema": self.model.schema}, bool)[0]:
                        self._rename(other, self.model.schema, old)
                    self._rename(other, self.model.next_schema, self.model.schema)
                    moved = {"model": self.model.name, "version": self.model.version}
                    other.execute(REGISTRY["switched"], {**moved, "position": self.position})
                    break
        else:
            raise StillRead(f"a read that began long ago still looks at {self.model.name}")
        self._drop(old)
        return self.position

    def _read_by_nobody(self, other: Connection) -> bool:
        """Wait for the reads that began before now; whether all have ended in time."""
        own = {"name": NAME, "own": [self._connection.info.backend_pid, other.info.backend_pid]}
        limit = monotonic() + WAIT_S
        left = {str(one) for one in fetch(self._connection, SQL["readers"], own, str)}
        while left and monotonic() < limit:
            sleep(LOOK_S)
            left &= set(fetch(self._connection, SQL["readers"], own, str))
        return not left

    def _rename(self, connection: Connection, schema: str, name: str) -> None:
        rename = sql.SQL(SQL["rename"])
        names = {"schema": sql.Identifier(schema), "name": sql.Identifier(name)}
        connection.execute(rename.format(**names))

    def _drop(self, schema: str) -> None:
        """Remove a schema, as soon as nobody reads its tables.

        Whoever reads some of them and goes on to others would wait for this, and this for them:
        so nothing is held while it waits long.
        """
        drop = sql.SQL(SQL["drop"]).format(schema=sql.Identifier(schema))
        while True:
            try:
                with self._connection.transaction():
                    self._connection.execute(SQL["give_way"])
                    self._connection.execute(drop)
            except LockNotAvailable:
                sleep(LOOK_S)
            else:
                return

    def drop(self) -> None:
        """Remove what was built, when it is not to serve."""
        self._drop(self.model.next_schema)

    def take(self, events: Sequence[Event]) -> None:
        """Fold the next events and write their rows."""
        self.recall(events)
        self.write(self.fold(events, settled=False))

    def lacks(self, events: Sequence[Event]) -> bool:
        """Whether something has to be read before the next events can be folded."""
        return self._fold.lacks(events)

    def recall(self, events: Sequence[Event]) -> None:
        """Read back what events build on."""
        if self.lacks(events):
            if self.position >= LONG:
                self._make_indexes(self.model.recalled_by)
            with speaking_of(self._connection, self.model.next_schema):
                self._fold.recall(self._connection, events)

    def fold(self, events: Sequence[Event], *, settled: bool) -> Sequence[Changes]:
        """Fold the next events; returns what is to be written, with `settled` not all of it."""
        fold = self._fold.fold
        for event in events:
            fold(event)
            self.position = event.position
        return self._fold.drain(settled=settled)

    def write(self, changes: Sequence[Changes], *, frozen: bool = False) -> None:
        """Write rows. Any thread may do so, one at a time."""
        schema = self.model.next_schema
        write_changes(self._connection, self.model, schema, changes, frozen=frozen)

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
        end = min(up_to, position + BATCH)
        events = whole(decode_lines(read_lines(connection, position, end)), position, end)
        with connection.transaction():
            connection.execute(SQL["hasten"])
            for one in buildings:
                one.take(events)
        position = events[-1].position
        for one in buildings:
            if progress is not None:
                progress(one.model.name, position, up_to)


def whole(events: list[Event], after: int, up_to: int) -> list[Event]:
    """The events, which are those after a position up to another; else ValueError."""
    if [event.position for event in events] != list(range(after + 1, up_to + 1)):
        raise ValueError(f"the log is not whole from {after + 1} to {up_to}")
    return events


def _standing(connection: Connection, model: Model, statement: LiteralString) -> ModelPosition:
    return fetch(connection, statement, {"model": model.name}, ModelPosition)[0]


def _print(connection: Connection, schema: str, table: str) -> _Print:
    query = sql.SQL(SQL["fingerprint"]).format(table=sql.Identifier(schema, table))
    return fetch(connection, query, {}, _Print)[0]


def _only(connection: Connection, left: sql.Identifier, right: sql.Identifier) -> tuple[str, ...]:
    query = sql.SQL(SQL["only_left"]).format(left=left, right=right)
    return tuple(fetch(connection, query, {}, str))
