"""Which read models there are, where each stands, and the making of their tables."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Literal

import msgspec
from msgspec import Struct
from psycopg import sql

from ledger.periods import Instant
from ledger.store.reading import head, read_at
from projections.budgets.model import BUDGETS
from projections.capacity.model import CAPACITY
from projections.forecasts.model import FORECASTS
from projections.history.model import HISTORY
from projections.holdings.model import HOLDINGS
from projections.model import Model
from projections.organisation.model import ORGANISATION
from projections.pledges.model import PLEDGES
from projections.proposals.model import PROPOSALS
from projections.requests.model import REQUESTS
from projections.statements import Connection, fetch, statements

MODELS: Final = (
    BUDGETS, CAPACITY, FORECASTS, HISTORY, HOLDINGS, ORGANISATION, PLEDGES, PROPOSALS, REQUESTS,
)  # fmt: skip
SQL: Final = statements("projections", "registry.sql")

State = Literal["following", "stopped"]


class ModelPosition(Struct, frozen=True):
    """Where a model stands: `following`, or `stopped` with the reason.

    `built` counts how often it was built anew: whoever fed it before then must begin anew.
    """

    name: str
    position: int
    state: State
    reason: str | None
    version: int
    built: int


class Lag(Struct, frozen=True):
    """How far a model is behind the log: `oldest` is when what it has not seen was recorded."""

    name: str
    position: int
    state: State
    reason: str | None
    events: int
    oldest: Instant | None


class _Envelope(Struct, frozen=True):
    recorded_at: Instant


_envelope = msgspec.json.Decoder(_Envelope)


class _Made(Struct, frozen=True):
    is_made: bool


class _Named(Struct, frozen=True):
    model: str


class _Reflected(Struct, frozen=True):
    position: int


def positions(connection: Connection) -> list[ModelPosition]:
    """Every model, by name; none before the first follower or migration made them."""
    if not fetch(connection, SQL["is_made"], {}, _Made)[0].is_made:
        return []
    return standing(connection)


def standing(connection: Connection) -> list[ModelPosition]:
    """Every model, by name. Raises psycopg's UndefinedTable when none was ever made."""
    return fetch(connection, SQL["positions"], {}, ModelPosition)


def unfed(connection: Connection) -> list[str]:
    """The models that no process feeds, by name. Asked where the follower writes."""
    return [one.model for one in fetch(connection, SQL["unfed"], {}, _Named)]


def reflected(connection: Connection) -> int:
    """The position that every read model reflects: the lowest, 0 when there are none yet."""
    if not fetch(connection, SQL["is_made"], {}, _Made)[0].is_made:
        return 0
    return fetch(connection, SQL["reflected"], {}, _Reflected)[0].position


def lags(connection: Connection) -> list[Lag]:
    """How far each model is behind the log, by name."""
    found = positions(connection)
    end = head(connection)
    behind = sorted({one.position + 1 for one in found if one.position < end})
    recorded = {one.position: _recorded_at(one.stored) for one in read_at(connection, behind)}
    return [
        Lag(
            one.name,
            one.position,
            one.state,
            one.reason,
            max(0, end - one.position),
            recorded.get(one.position + 1),
        )
        for one in found
    ]


def _recorded_at(stored: bytes) -> Instant | None:
    try:
        return _envelope.decode(stored).recorded_at
    except msgspec.DecodeError:
        return None  # the models that met it have stopped, and say why


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
