"""How the tests of the doctor change a database, and tell what it finds ill."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg

from ledger.store.roles import FOLLOWER, as_role
from projections.follow import Follower
from projections.model import Model
from projections.registry import MODELS

Look = Callable[..., tuple[int, dict[str, dict[str, Any]]]]


@contextmanager
def followed(address: str, models: Sequence[Model] = MODELS) -> Generator[None]:
    """While it lasts a follower is there, which does not begin to read."""
    with psycopg.connect(as_role(address, FOLLOWER), autocommit=True) as connection:
        Follower(connection, models).acquire()
        yield


def change(address: str, statement: LiteralString) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def ill(found: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, row in found.items() if row["well"] != "yes"}
