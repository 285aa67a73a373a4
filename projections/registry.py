"""Which read models there are, where each stands, and the making of their tables."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct
from psycopg import sql

from projections.capacity.model import CAPACITY
from projections.history.model import HISTORY
from projections.holdings.model import HOLDINGS
from projections.model import Model
from projections.organisation.model import ORGANISATION
from projections.statements import Connection, fetch, statements

MODELS: Final = (CAPACITY, HISTORY, HOLDINGS, ORGANISATION)
SQL: Final = statements("projections", "registry.sql")


class ModelPosition(Struct, frozen=True):
    """Where a model stands: `following`, or `stopped` with the reason."""

    name: str
    position: int
    state: str
    reason: str | None
    version: int


class _Made(Struct, frozen=True):
    is_made: bool


class _Reflected(Struct, frozen=True):
    position: int


def positions(connection: Connection) -> list[ModelPosition]:
    """Every model, by name; none before the first follower or migration made them."""
    if not fetch(connection, SQL["is_made"], {}, _Made)[0].is_made:
        return []
    return fetch(connection, SQL["positions"], {}, ModelPosition)


def reflected(connection: Connection) -> int:
    """The position that every read model reflects: the lowest, 0 when there are none yet."""
    if not fetch(connection, SQL["is_made"], {}, _Made)[0].is_made:
        return 0
    return fetch(connection, SQL["reflected"], {}, _Reflected)[0].position


def ensure(connection: Connection, models: tuple[Model, ...] = MODELS) -> None:
    """Make what is missing: the table of positions, and each model's empty tables."""
    with connection.transaction():
        connection.execute(SQL["make_lock"])
        connection.execute(SQL["make_state"])
        connection.execute(SQL["make_state_table"])
        for model in models:
            if connection.execute(SQL["known"], {"model": model.name}).fetchone() is None:
                make(connection, model, model.schema, indexed=True)
                begun = {"model": model.name, "version": model.version}
                connection.execute(SQL["begin_model"], begun)


def make(connection: Connection, model: Model, schema: str, *, indexed: bool) -> None:
    """Make a model's empty tables in a schema, which is dropped first if it is there."""
    name = sql.Identifier(schema)
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
    with speaking_of(connection, schema):
        connection.execute(model.tables_sql)
        if indexed:
            connection.execute(model.indexes_sql)


@contextmanager
def speaking_of(connection: Connection, schema: str) -> Generator[None]:
    """While it lasts, statements that name no schema speak about this one."""
    connection.execute(SQL["search_path"], {"schema": schema})
    yield
    connection.execute(SQL["search_path"], {"schema": "public"})
