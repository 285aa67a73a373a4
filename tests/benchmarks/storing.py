"""What a rebuild cannot do without: the server fills the same tables, and makes their indexes."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
from psycopg import sql

from projections.building import Building
from projections.model import Model


def storing_s(url: str, models: Sequence[Model]) -> float:
    """How many seconds the server takes alone, with one connection for each model, at once.

    The rows come from the tables that serve, so that no client sends them, and nothing is read
    from the log, folded, compared or switched.
    """
    began = time.perf_counter()
    with ThreadPoolExecutor(len(models)) as at_once:
        list(at_once.map(lambda model: _store(url, model), models))
    return time.perf_counter() - began


def _store(url: str, model: Model) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        building = Building(connection, model)
        with connection.transaction():
            building.make()
            for table in model.tables:
                copied = sql.SQL("INSERT INTO {} SELECT * FROM {}").format(
                    sql.Identifier(model.next_schema, table.name),
                    sql.Identifier(model.schema, table.name),
                )
                connection.execute(copied)
        building.index()
        building.drop()
