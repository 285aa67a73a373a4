"""The library's projection as documented: a tracking recorder, one event a commit."""

import time
from contextlib import closing
from typing import Any

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

from tests.benchmarks.moving import CLIENTS_MAX, HELD, WORDS, moves, units
from tests.benchmarks.peers.accounts import Account, Accounts, environment

TABLES = (
    SQL("CREATE TABLE IF NOT EXISTS view_holdings (account uuid PRIMARY KEY, quantity bigint)"),
    SQL(
        "CREATE TABLE IF NOT EXISTS view_history"
        " (position bigint PRIMARY KEY, account uuid, quantity bigint, reason text)"
    ),
)
HELD_NOW = (
    "INSERT INTO view_holdings VALUES (%(account)s, %(quantity)s) ON CONFLICT (account)"
    " DO UPDATE SET quantity = view_holdings.quantity + %(quantity)s"
)
HAPPENED = "INSERT INTO view_history VALUES (%(position)s, %(account)s, %(quantity)s, %(reason)s)"


class Views(PostgresTrackingRecorder):
    """What each account holds now, and a row for each event; rows and tracking in one commit."""

    def __init__(self, datastore: PostgresDatastore, **named: Any) -> None:
        super().__init__(datastore, **named)
        self.sql_create_statements.extend(table.format() for table in TABLES)

    def change(self, account: object, quantity: int, reason: str, tracking: Tracking) -> None:
        """Take in one event."""
        row = {
            "account": account,
            "quantity": quantity,
            "reason": reason,
            "position": tracking.notification_id,
        }
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(HELD_NOW, row, prepare=True)
            cursor.execute(HAPPENED, row, prepare=True)

    def total(self) -> int:
        """What all accounts hold together."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT sum(quantity)::bigint AS total FROM view_holdings")
            row: Any = cursor.fetchone()
        return row["total"]


class Watching(Projection[Views]):
    """Hands each event of an account to the views."""

    name = "views"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Refuse what is not known."""
        raise TypeError(type(domain_event).__name__)

    @process_event.register
    def _(self, domain_event: Account.Opened, tracking: Tracking) -> None:
        self.view.change(domain_event.originator_id, domain_event.quantity, "", tracking)

    @process_event.register
    def _(self, domain_event: Account.Gave, tracking: Tracking) -> None:
        gave = domain_event
        self.view.change(gave.originator_id, -gave.quantity, gave.reason, tracking)

    @process_event.register
    def _(self, domain_event: Account.Took, tracking: Tracking) -> None:
        took = domain_event
        self.view.change(took.originator_id, took.quantity, took.reason, tracking)


def runner_rate(url: str, events: int) -> float:
    """Events a second of the library's ProjectionRunner over a log of about so many events."""
    with closing(Accounts(env=environment(url))) as application:
        application.open(units(), HELD)
        fill(application, events)
        stored = application.recorder.max_notification_id() or 0
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Accounts,
        projection_class=Watching,
        view_class=Views,
        env=environment(url),
    ) as runner:
        runner.wait(stored, timeout=600)
        took = time.perf_counter() - began
        total = runner.view.total()
    if total != HELD * len(units()):
        raise RuntimeError(f"the library's views hold {total}")
    return stored / took


def fill(application: Accounts, events: int) -> None:
    """Record moves, a hundred of one client in a transaction: how they came is not measured."""
    client = 0
    while application.stored() < events:
        changed: dict[object, Account] = {}
        source = moves(client % CLIENTS_MAX, client)
        for giver, taker, quantity in (next(source) for _ in range(100)):
            for unit, act in ((giver, "give"), (taker, "take")):
                known = Account.create_id(unit)
                account = changed.get(known)
                if account is None:
                    account = changed[known] = application.repository.get(known)
                getattr(account, act)(quantity, WORDS)
        application.save(*changed.values())
        client += 1


def wait_ms(url: str, count: int) -> list[float]:
    """How long the library's runner lets one wait for each of so many own writes."""
    env = environment(url)
    took: list[float] = []
    with (
        closing(Accounts(env=env)) as application,
        ProjectionRunner(
            application_class=Accounts, projection_class=Watching, view_class=Views, env=env
        ) as runner,
    ):
        application.open(units(), HELD)
        source = moves(0)
        for number in range(count + 1):
            written = application.reallocate(*next(source), WORDS)
            began = time.perf_counter()
            runner.wait(written, timeout=60)
            if number:  # the first waits for the accounts as well
                took.append((time.perf_counter() - began) * 1000)
    return took
