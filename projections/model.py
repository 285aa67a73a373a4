"""What a read model is to those who feed it: its tables, and a fold of events into row changes."""

from collections.abc import Callable, Sequence
from typing import LiteralString, Protocol

from msgspec import Struct

from ledger.events import Event
from projections.sheets import Changes
from projections.statements import Connection


class Fold(Protocol):
    """Folds events, in order, into changes of rows; keeps in memory what later events build on."""

    def lacks(self, events: Sequence[Event]) -> bool:
        """Whether anything that these events build on is not in memory, and is to be recalled."""
        ...

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back from the model's own tables what these events build on and is not in memory.

        The connection's search_path names the model's schema.
        """
        ...

    def fold(self, event: Event) -> None:
        """Take in the next event. Raises ValueError or LookupError when it cannot be applied."""
        ...

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table.

        With `settled` a fold may keep back what later events are likely to change again, so that
        it is written once.
        """
        ...


class Table(Struct, frozen=True):
    """A table and its columns in the order in which rows are written.

    `grow_sql` writes rows over earlier ones, given each column as an array by its name, or takes
    earlier rows of another table of its `{schema}` in, for which it gets what follows them;
    `close_sql` ends rows in known time where that takes more than the row's known_to.
    """

    name: str
    columns: tuple[str, ...]
    grow_sql: LiteralString | None = None
    close_sql: LiteralString | None = None


class Model(Struct, frozen=True, kw_only=True):
    """A read model. A change of its tables or of what stands in them raises `version`.

    `tables_sql` makes the tables, `indexes_sql` what is quicker to make once they are filled, but
    for the indexes that recalling looks into, `recalled_by` name: they are made once that takes
    long. `begin` is told whether the tables are empty, so that there is nothing to recall. `effort`
    is what building it anew takes, beside others.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    tables_sql: LiteralString
    indexes_sql: LiteralString
    begin: Callable[[bool], Fold]
    recalled_by: tuple[str, ...] = ()
    effort: int = 1

    @property
    def schema(self) -> str:
        """The PostgreSQL schema that serves."""
        return f"proj_{self.name}"

    @property
    def next_schema(self) -> str:
        """The schema in which a new version is filled beside it."""
        return f"proj_{self.name}_next"
