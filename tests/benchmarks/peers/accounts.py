"""The library as its tutorial would have it: an aggregate for each account, two saved in a move."""

import itertools
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError
from psycopg.conninfo import conninfo_to_dict


class NotEnough(Exception):
    """An account gives no more than it has."""


class Account(Aggregate):
    """What one unit holds. No windows, no authority, no reasons, no limits of a pool."""

    class Opened(Aggregate.Created):
        """An account was opened."""

        unit: str
        quantity: int

    class Gave(Aggregate.Event):
        """Some was passed on."""

        quantity: int
        reason: str

    class Took(Aggregate.Event):
        """Some was received."""

        quantity: int
        reason: str

    @event(Opened)
    def __init__(self, unit: str, quantity: int) -> None:
        self.unit = unit
        self.quantity = quantity

    @staticmethod
    def create_id(unit: str) -> UUID:
        """The account's id follows from its unit."""
        return uuid5(NAMESPACE_URL, f"/accounts/{unit}")

    @event(Gave)
    def give(self, quantity: int, reason: str) -> None:
        """Pass some on."""
        if quantity > self.quantity:
            raise NotEnough
        self.quantity -= quantity

    @event(Took)
    def take(self, quantity: int, reason: str) -> None:
        """Receive some."""
        self.quantity += quantity


class Accounts(Application[UUID]):
    """Moves quantities between accounts; both are saved in one transaction."""

    conflicts = 0

    def open(self, units: Sequence[str], quantity: int) -> None:
        """Open accounts, a hundred in a transaction."""
        made = [Account(unit, quantity) for unit in units]
        for start in range(0, len(made), 100):
            self.save(*made[start : start + 100])

    def reallocate(self, source: str, target: str, quantity: int, reason: str) -> int:
        """Move, and return the id of the last notification. A conflict is tried again."""
        for _ in itertools.count():
            giver: Account = self.repository.get(Account.create_id(source))
            taker: Account = self.repository.get(Account.create_id(target))
            giver.give(quantity, reason)
            taker.take(quantity, reason)
            try:
                recorded = self.save(giver, taker)
            except IntegrityError:
                self.conflicts += 1  # a count that a race may leave a little low
                continue
            return recorded[-1].notification.id
        raise AssertionError

    def stored(self) -> int:
        """How many events there are: conflicts leave holes in the notification ids."""
        recorder: Any = self.recorder
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(f"SELECT count(*) AS stored FROM {recorder.events_table_name}")
            return int(cursor.fetchone()["stored"])


def environment(url: str) -> dict[str, str]:
    """How the library is told to use that database: stock, with its cache and table lock on."""
    told: dict[str, Any] = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(told["dbname"]),
        "POSTGRES_HOST": str(told.get("host", "127.0.0.1")),
        "POSTGRES_PORT": str(told.get("port", 5432)),
        "POSTGRES_USER": str(told.get("user", "")),
        "POSTGRES_PASSWORD": str(told.get("password", "")),
        "AGGREGATE_CACHE_MAXSIZE": "5000",
    }


@contextmanager
def accounts(url: str, units: Sequence[str], quantity: int) -> Generator[Accounts]:
    """Yield the application with accounts opened."""
    with closing(Accounts(env=environment(url))) as application:
        application.open(units, quantity)
        yield application
