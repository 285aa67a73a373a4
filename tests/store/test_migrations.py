"""A database is brought up to the release once, by anybody, and a changed past is refused."""

import threading
from collections.abc import Sequence
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from ledger.store import migrations
from ledger.store.migrations import Migration, MigrationEdited, MigrationUnknown, NotMigrated
from ledger.store.roles import FOLLOWER, READER, WRITER, as_role

MIGRATIONS = tuple(migration.name for migration in migrations.shipped())


def test_an_empty_database_receives_every_migration_in_order(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as connection:
        with pytest.raises(NotMigrated, match="0001_log"):
            migrations.check(connection)
        assert tuple(migrations.migrate(connection)) == MIGRATIONS
        assert tuple(sorted(MIGRATIONS)) == MIGRATIONS
        migrations.check(connection)


def test_migrating_again_changes_nothing(migrated_database: str) -> None:
    with psycopg.connect(migrated_database) as connection:
        assert migrations.migrate(connection) == []


def test_four_processes_that_migrate_at_once_apply_each_file_once(fresh_database: str) -> None:
    applied: list[str] = []
    failed: list[Exception] = []
    together = threading.Barrier(4)

    def migrate() -> None:
        try:
            with psycopg.connect(fresh_database) as connection:
                together.wait()
                applied.extend(migrations.migrate(connection))
        except psycopg.Error as why:
            failed.append(why)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert tuple(applied) == MIGRATIONS


def edited(shipped: Sequence[Migration]) -> tuple[Migration, ...]:
    first, *others = shipped
    return (Migration(first.name, first.text + "\n"), *others)


def test_a_file_that_was_edited_after_it_was_applied_is_refused(migrated_database: str) -> None:
    changed = edited(migrations.shipped())
    with psycopg.connect(migrated_database) as connection:
        with pytest.raises(MigrationEdited, match="0001_log"):
            migrations.migrate(connection, changed)
        with pytest.raises(MigrationEdited, match="0001_log"):
            migrations.check(connection, changed)


def test_a_database_of_a_newer_release_is_refused(migrated_database: str) -> None:
    newer = (*migrations.shipped(), Migration("9999_later", "CREATE TABLE ledger.later ()"))
    with psycopg.connect(migrated_database) as connection:
        assert migrations.migrate(connection, newer) == ["9999_later"]
        with pytest.raises(MigrationUnknown, match="9999_later"):
            migrations.migrate(connection)
        with pytest.raises(MigrationUnknown, match="9999_later"):
            migrations.check(connection)


def test_a_migration_that_fails_leaves_nothing_of_itself(fresh_database: str) -> None:
    broken = (*migrations.shipped(), Migration("9999_broken", "SELECT nowhere"))
    with (
        psycopg.connect(fresh_database) as connection,
        pytest.raises(psycopg.errors.UndefinedColumn),
    ):
        migrations.migrate(connection, broken)
    with psycopg.connect(fresh_database) as connection, pytest.raises(NotMigrated):
        migrations.check(connection)


@pytest.mark.parametrize("role", [WRITER, FOLLOWER, READER])
def test_every_service_may_check_the_schema_it_meets(
    migrated_database: str, role: LiteralString
) -> None:
    with psycopg.connect(as_role(migrated_database, role)) as connection:
        migrations.check(connection)


def test_whoever_owns_the_database_and_may_create_roles_can_migrate(
    fresh_database: str,
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE keeper LOGIN CREATEROLE")
        try:
            name = sql.Identifier(superuser.info.dbname)
            superuser.execute(sql.SQL("ALTER DATABASE {} OWNER TO keeper").format(name))
            # On a cluster where roles exist already, their maker passes them on.
            for role in ("allot_owner", "allot_writer", "allot_follower", "allot_reader"):
                exists = "SELECT 1 FROM pg_roles WHERE rolname = %s"
                if superuser.execute(exists, (role,)).fetchone():
                    give = "GRANT {} TO keeper WITH ADMIN OPTION"
                    superuser.execute(sql.SQL(give).format(sql.Identifier(role)))
            superuser.execute("SET SESSION AUTHORIZATION keeper")
            migrations.migrate(superuser, migrations.shipped()[:2])
            superuser.execute("SET ROLE allot_writer")
            superuser.execute(
                "INSERT INTO ledger.events (originator_id, originator_version, topic, state)"
                " SELECT id, 1, 'noted.v1', '' FROM ledger.identity"
            )
            superuser.execute("SET ROLE NONE")
            assert tuple(migrations.migrate(superuser)) == MIGRATIONS[2:]
            superuser.execute("SET ROLE allot_writer")
            assert superuser.execute("SELECT count(*) FROM ledger.events").fetchone() == (1,)
            assert superuser.execute("SELECT count(*) FROM ledger.seal").fetchone() == (1,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                superuser.execute("DELETE FROM ledger.events")
        finally:
            superuser.execute("RESET SESSION AUTHORIZATION")
            superuser.execute("RESET ROLE")
            owned = sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER")
            superuser.execute(owned.format(sql.Identifier(superuser.info.dbname)))
            superuser.execute("DROP OWNED BY keeper CASCADE")
            superuser.execute("DROP ROLE keeper")
