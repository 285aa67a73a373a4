"""A migrated database whose log is written by hand, and the ways its read models are fed."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Final

import psycopg
import pytest
from msgspec.structs import asdict, replace
from psycopg import sql

from ledger.log import StoredEvent
from ledger.seal.sealing import Sealing
from ledger.store.embedded.server import Server
from ledger.store.migrations import migrate
from projections.feeding import FEW
from projections.follow import Follower
from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from projections.model import Model
from projections.registry import MODELS, positions
from projections.statements import Connection
from tests.support.committing import until
from tests.support.facts import Book, stored
from tests.support.postgres import made, make_read_models

EVERY: Final = 7
"""In a short log sums are kept this often, so that there are some to begin with."""
OFTEN_SUMMED: Final = replace(HOLDINGS, begin=partial(HoldingsFold, every=EVERY))
MODELS_FED: Final = tuple(OFTEN_SUMMED if one is HOLDINGS else one for one in MODELS)


class Log:
    """The log of a test's database, and its read models."""

    def __init__(self, url: str, connection: Connection) -> None:
        self.url = url
        self.connection = connection
        self.sealing = Sealing()

    def write(self, book: Book) -> None:
        """Add the events of a book that are not in the log yet."""
        self.append(*stored(book.events[self.head() :]))

    def append(self, *events: StoredEvent) -> None:
        """Add events as they are, whatever they are."""
        seal = self.sealing.seal(events)
        if seal is None:
            return
        with self.connection.transaction():
            self.connection.execute(
                "INSERT INTO ledger.seal (size, previous, root, frontier)"
                " VALUES (%(size)s, %(previous)s, %(root)s, %(frontier)s)",
                asdict(seal),
            )
            self.connection.execute(
                "INSERT INTO ledger.events (originator_id, originator_version, topic, state)"
                " SELECT id, added.* FROM ledger.identity,"
                " unnest(%s::bigint[], %s::text[], %s::bytea[]) AS added",
                [
                    [one.position for one in events],
                    [one.topic for one in events],
                    [one.stored for one in events],
                ],
            )

    def head(self) -> int:
        """The last position."""
        found = self.connection.execute("SELECT max(notification_id) FROM ledger.events")
        return found.fetchall()[0][0] or 0

    def follow(
        self,
        batch: int = 5000,
        *,
        restarting: bool = False,
        models: Sequence[Model] = MODELS_FED,
        few: int = FEW,
    ) -> None:
        """Bring every model to the end of the log; a restart forgets what was in memory.

        Batches of more than `few` events are written by COPY.
        """
        moved = True
        while moved:
            with (
                psycopg.connect(self.url, autocommit=True) as connection,
                closing(psycopg.connect(self.url, autocommit=True)) as line,
            ):
                follower = Follower(connection, models, batch=batch, line=line, few=few)
                follower.acquire()
                moved = bool(follower.step())
                while moved and not restarting:
                    moved = bool(follower.step())
                backend = connection.info.backend_pid
            # The server may take a moment to see that it has gone; until then it has the models.
            until(lambda backend=backend: not self._is_there(backend))

    def _is_there(self, backend: int) -> bool:
        found = self.connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [backend])
        return bool(found.fetchall())

    def standing(self) -> dict[str, tuple[int, str]]:
        """Where each model stands and whether it follows."""
        return {one.name: (one.position, one.state) for one in positions(self.connection)}

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table of the read models, as text, in order."""
        return {name: rows for model in MODELS for name, rows in self.rows_of(model).items()}

    def rows_of(self, model: Model) -> dict[str, list[str]]:
        """The same of one model."""
        found: dict[str, list[str]] = {}
        every = sql.SQL('SELECT one::text FROM {} AS one ORDER BY one::text COLLATE "C"')
        for table in model.tables:
            rows = self.connection.execute(every.format(sql.Identifier(model.schema, table.name)))
            found[f"{model.schema}.{table.name}"] = [row[0] for row in rows.fetchall()]
        return found

    def forget(self) -> None:
        """Remove every read model."""
        for schema in (*(model.schema for model in MODELS), "projections"):
            drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE")
            self.connection.execute(drop.format(sql.Identifier(schema)))


@contextmanager
def follower(log: Log, batch: int = 5000, few: int = FEW) -> Generator[Follower]:
    """A follower with connections of its own."""
    with (
        psycopg.connect(log.url, autocommit=True) as connection,
        closing(psycopg.connect(log.url, autocommit=True)) as line,
    ):
        yield Follower(connection, batch=batch, line=line, few=few)


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Server) -> str:
    """The name of a database with an empty log and empty read models, which tests copy."""
    with made(postgres_server, "followed_template") as address:
        with psycopg.connect(address) as new:
            migrate(new)
        make_read_models(address)
    return "followed_template"


@pytest.fixture
def log(migrated_database: str) -> Iterator[Log]:
    """Yield an empty log, with empty read models."""
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        yield Log(migrated_database, connection)


@pytest.fixture
def nothing_made(log: Log) -> None:
    """Take the read models away: who follows or builds makes their tables."""
    log.forget()
