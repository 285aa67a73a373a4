"""From the release before this one to this one, while people read: nothing waits, nothing is lost.

The old service is the old code, out of the history, and stays open throughout.
"""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import pytest
from msgspec import Struct

from ledger.codec import decode, encode
from ledger.store.embedded.server import Server
from ledger.store.migrations import Migration, NotMigrated, check, migrate, shipped
from tests.cli.running import FOUNDER, ROOT, allot_apart, base_environ, serving
from tests.faults.release import KNOWN, RELEASED, Release, recorded, unpacked
from tests.faults.tails import end, follow, misread
from tests.ledger.test_codec import RECORDED
from tests.support.committing import until
from tests.support.oracle import gaps, whole_log
from tests.support.people import Person, Told
from tests.support.postgres import fresh
from tests.web.lab import H100, commands

READS = ("/v1/holdings", "/v1/history?limit=50", "/v1/events?limit=50", "/v1/pools")
TOO_MUCH = {"pool": H100, "unit": "reasoning", "quantity": 100_000}
A_LITTLE = {"pool": H100, "unit": "reasoning", "quantity": 8}
# It writes every event anew, and nobody reads the log until it is done.
REWRITES = Migration("9999_rewrites", "ALTER TABLE ledger.events ADD later uuid DEFAULT uuidv4()")
TABLES = ("events", "receipts", "tokens", "snapshots", "identity")


class Lived(Struct, frozen=True):
    """A ledger of the release before this one, in use and with its service open."""

    address: str
    environ: dict[str, str]
    url: str
    told: Sequence[Told]
    token: str

    def rows(self) -> dict[str, list[str]]:
        """Every row that must outlive an upgrade, as text."""
        with psycopg.connect(self.address) as connection:
            return {
                table: [
                    row[0]
                    for row in connection.execute(
                        f"SELECT concat_ws(' ', {COLUMNS[table]}) FROM ledger.{table}"
                        f" ORDER BY 1".encode()
                    )
                ]
                for table in TABLES
            }


COLUMNS = {
    "events": "originator_id, originator_version, topic, state, notification_id",
    "receipts": "person, key, fingerprint, status, body, position, decision, answered_at",
    "tokens": "name, digest, person, created_at, expires_at, revoked_at",
    "snapshots": "shape, position, sha256, state, taken_at",
    "identity": "id",
}
"""What the release had in each table; later ones may have more."""


class Looking:
    """Somebody who asks for the same thing again and again, and counts the answers."""

    def __init__(self, url: str, path: str) -> None:
        self.answers = 0
        self.failures: list[Exception] = []
        self._is_over = False
        self._person = Person(url, FOUNDER)
        self._path = path
        self._thread = threading.Thread(target=self._run, name=path)
        self._thread.start()

    def end(self) -> None:
        """Ask no more; raise what went wrong."""
        self._is_over = True
        self._thread.join()
        if self.failures:
            raise self.failures[0]

    def _run(self) -> None:
        pause = threading.Event()
        try:
            while not self._is_over:
                self._person.get(self._path)
                self.answers += 1
                pause.wait(0.02)
        except Exception as failed:  # noqa: BLE001 - `end` raises it
            self.failures.append(failed)
        finally:
            self._person.hang_up()


@contextmanager
def looking(url: str) -> Generator[Sequence[Looking]]:
    """Yield people who look at a service as long as the block lasts."""
    looks = [Looking(url, path) for path in READS]
    try:
        yield looks
    finally:
        for look in looks:
            look.end()


def migrated(
    address: str, looks: Sequence[Looking], *migrations: Migration, keeping: bool = True
) -> set[str]:
    """Migrate, and before the commit wait until all who look were answered, or one has to wait.

    What a migration locks it holds until then. Returns the statements that wait for it.
    """
    waits = "SELECT query FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
    held_up = set[str]()
    with (
        psycopg.connect(address) as connection,
        psycopg.connect(address, autocommit=True) as watching,
        connection.transaction(force_rollback=not keeping),
    ):
        # Nor does the migration wait: behind it, those would queue who read after it came.
        connection.execute("SET LOCAL lock_timeout = '5s'")
        migrate(connection, migrations)
        answered = [look.answers for look in looks]

        def is_settled() -> bool:
            waiting = watching.execute(waits, (connection.info.backend_pid,)).fetchall()
            held_up.update(row[0] for row in waiting)
            # The answer after the next one was asked for when the locks were held.
            return bool(held_up) or all(
                look.failures or look.answers >= before + 2
                for look, before in zip(looks, answered, strict=True)
            )

        until(is_settled)
    return held_up


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return unpacked(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def lived(release: Release, postgres_server: Server) -> Generator[Lived]:
    """A ledger that people used with the old release: commands, refusals, a token, a snapshot."""
    with fresh(postgres_server) as address:
        environ = {
            **base_environ(), "ALLOT_DATABASE_URL": address, "ALLOT_AUTH": "open",
            "ALLOT_DURABILITY": "test",
        }  # fmt: skip
        founding = {"ALLOT_FOUNDER": FOUNDER, "ALLOT_ROOT": ROOT}
        release.allot("migrate", environ={**environ, **founding})
        token = release.allot("tokens", "create", "laptop", "ada@lab", environ=environ)
        with release.serving(environ) as url:
            person = Person(url, FOUNDER)
            known = [(do, fields) for do, fields in commands() if do in KNOWN]
            asks = [*known, ("grant", TOO_MUCH), ("grant", A_LITTLE)]
            told = [person.ask(do, dict(f), f"before:{n}") for n, (do, f) in enumerate(asks)]
            person.hang_up()
            release.python("-c", SNAPSHOT, environ=environ)
            yield Lived(address, environ, url, told, token.strip())


SNAPSHOT = """if True:
    import os
    from ledger.folding import take_snapshot
    from ledger.store.log import PostgresLog
    with PostgresLog(os.environ["ALLOT_DATABASE_URL"]) as log:
        assert take_snapshot(log, every=1)
"""


def shown(url: str, path: str) -> dict[str, Any]:
    """What a service shows."""
    person = Person(url, FOUNDER)
    try:
        return msgspec.json.decode(person.get(path))
    finally:
        person.hang_up()


def problem_of(url: str, path: str) -> tuple[int, str]:
    """How a service says that it cannot show something."""
    person = Person(url, FOUNDER)
    try:
        status, body = person.look(path)
        return status, msgspec.json.decode(body)["detail"]
    finally:
        person.hang_up()


def status_with(url: str, token: str) -> int:
    """How a service answers who shows a token."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=60)
    try:
        connection.request("GET", "/v1/position", headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse().status
    finally:
        connection.close()


def by_both_clocks(url: str, head: int) -> list[Any]:
    """Who held what on some days, as far as it was known at some positions."""
    days = ("2026-01-01T00:00:00Z", "2026-11-20T12:00:00Z", "2030-01-01T00:00:00Z")
    return [
        [
            {name: row[name] for name in ("pool", "unit", "guaranteed", "borrowed", "deliverable")}
            for row in shown(url, f"/v1/holdings?valid_at={day}&known_at={known}")["items"]
        ]
        for day in days
        for known in range(1, head + 1, 7)
    ]


def test_a_migration_that_keeps_readers_waiting_is_seen(lived: Lived) -> None:
    with looking(lived.url) as looks:
        held_up = migrated(lived.address, looks, *shipped(), REWRITES, keeping=False)
    assert any("ledger.events" in statement for statement in held_up)


def keys_and_tokens_are_as_they_were(lived: Lived, url: str) -> None:
    """The new service gives old keys their answers again, and knows who has a token."""
    person = Person(url, FOUNDER)
    again = [person.repeat(told.asked) for told in lived.told]
    person.hang_up()
    assert all(told.replayed for told in again)
    assert [told.answer for told in again] == [told.answer for told in lived.told]
    with serving({**lived.environ, "ALLOT_AUTH": "token"}) as with_tokens:
        assert status_with(with_tokens.url, lived.token) == 200
        assert status_with(with_tokens.url, "another") == 401


def test_nobody_waits_for_an_upgrade_and_nothing_is_lost(lived: Lived) -> None:
    with psycopg.connect(lived.address) as connection:
        check(connection, [one for one in shipped() if one.name <= RELEASED])
        with pytest.raises(NotMigrated):
            check(connection)
    log, rows = whole_log(lived.address), lived.rows()
    until(lambda: shown(lived.url, "/v1/holdings")["position"] == len(log))
    held = by_both_clocks(lived.url, len(log))
    assert {told.status for told in lived.told} == {201, 409}
    assert all(rows.values())
    assert any(held)
    readers = follow(lambda: lived.url)
    old = Person(lived.url, FOUNDER)

    with looking(lived.url) as looks:
        # Somebody reads everything, and takes long over it.
        with psycopg.connect(lived.address) as slow:
            for table in TABLES:
                slow.execute(f"SELECT count(*) FROM ledger.{table}".encode())
            assert migrated(lived.address, looks, *shipped()) == set()

        # The old service reads on, and cannot write what the new schema does not have.
        until(lambda: all(not look.failures for look in looks))
        unclear = old.ask("grant", A_LITTLE, "during")
        assert unclear.status == 503
        assert whole_log(lived.address) == log

    with serving(lived.environ) as new:
        # Its read models are of its own kind; until they are made, it says so in words.
        (early,) = {problem_of(new.url, path) for path in READS[:2]}
        assert early == (503, "The read models are not those of this release: run `allot rebuild`.")
        assert allot_apart("rebuild", environ=lived.environ).returncode == 0
        assert lived.rows() == rows
        assert whole_log(lived.address) == log
        assert by_both_clocks(new.url, len(log)) == held
        keys_and_tokens_are_as_they_were(lived, new.url)
        person = Person(new.url, FOUNDER)
        assert person.repeat(unclear.asked).status == 201
        assert person.ask("grant", TOO_MUCH, "after").status == 409
        person.hang_up()
        end(new.url, by=FOUNDER, unit="reasoning")
    old.hang_up()

    after = whole_log(lived.address)
    assert after[: len(log)] == log
    assert len(after) == len(log) + 2
    assert gaps(after) == []
    assert misread(readers, after) == []


def test_what_the_previous_release_stored_is_still_read_byte_by_byte() -> None:
    known = recorded()
    assert known
    for name, stored in known.items():
        assert (RECORDED / name).read_bytes() == stored
        assert encode(decode(stored)) == stored
