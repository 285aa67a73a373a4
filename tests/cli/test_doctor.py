"""What the doctor finds in a database, what it advises, and how that ends the command."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from api.cli.endings import BROKEN, REFUSED, UNREACHABLE
from api.cli.founding import prepare
from api.tokens import create_token, revoke_token
from ledger.store.log import PostgresLog
from ledger.store.roles import as_role
from tests.cli.doctoring import Look, change, ill
from tests.support.issuer import AUDIENCE, local_issuer
from tests.support.trees import root_of


def test_a_founded_ledger_is_well(founded: str, look: Look) -> None:
    code, found = look()
    assert (code, ill(found)) == (0, set())
    assert {"clock", "durability", "record", "role allot_writer", "read model history"} <= set(
        found
    )


def test_a_database_without_tables_is_to_be_migrated(look: Look) -> None:
    code, found = look()
    assert (code, ill(found)) == (UNREACHABLE, {"tables"})
    assert "allot migrate" in found["tables"]["remedy"]


def test_a_ledger_without_a_founder_is_to_be_founded(fresh_database: str, look: Look) -> None:
    prepare(fresh_database)
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"founded"})
    assert "allot init" in found["founded"]["remedy"]


def test_a_role_that_could_change_the_record_is_named(founded: str, look: Look) -> None:
    change(founded, "GRANT UPDATE ON ledger.events TO allot_writer")
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"role allot_writer"})
    assert "CHANGE" in found["role allot_writer"]["words"]


def test_a_role_that_may_not_add_is_named(founded: str, look: Look) -> None:
    change(founded, "REVOKE INSERT ON ledger.events FROM allot_writer")
    assert ill(look()[1]) == {"role allot_writer"}


def test_a_gap_in_the_record_is_broken(founded: str, look: Look) -> None:
    change(founded, "ALTER TABLE ledger.events DISABLE TRIGGER USER")
    change(founded, "DELETE FROM ledger.events WHERE originator_version = 3")
    change(founded, "ALTER TABLE ledger.events ENABLE TRIGGER USER")
    code, found = look()
    assert (code, ill(found)) == (BROKEN, {"record"})


def test_the_record_is_sealed_up_to_its_head(founded: str, look: Look) -> None:
    with PostgresLog(founded) as log:
        root = root_of(log).hex()
    plain, hashed = look()[1]["seal"]["words"], look(seal=True)[1]["seal"]["words"]
    assert plain == f"up to position 6, with root {root}"
    assert hashed == f"{plain}, to which the log hashes"


REORDERED: LiteralString = (
    "UPDATE ledger.events SET originator_version = 13 - originator_version;"
    "UPDATE ledger.events SET originator_version = originator_version - 6"
)


@pytest.mark.parametrize(
    ("done", "words", "is_hashing"),
    [
        ("UPDATE ledger.events SET state = state || ' ' WHERE originator_version = 3",
         "but the log hashes to", True),
        (REORDERED, "but the log hashes to", True),
        ("DELETE FROM ledger.events WHERE originator_version = 6", "and not up to 5", False),
        ("DELETE FROM ledger.seal", "no seal", False),
        ("UPDATE ledger.seal SET root = sha256(root)", "its root is another", False),
    ],
)  # fmt: skip
def test_a_record_that_is_not_what_was_sealed_is_broken(
    founded: str, look: Look, done: LiteralString, words: str, is_hashing: bool
) -> None:
    change(founded, "ALTER TABLE ledger.events DISABLE TRIGGER USER;"
                    "ALTER TABLE ledger.seal DISABLE TRIGGER USER")  # fmt: skip
    change(founded, done)
    change(founded, "ALTER TABLE ledger.events ENABLE TRIGGER USER;"
                    "ALTER TABLE ledger.seal ENABLE TRIGGER USER")  # fmt: skip
    code, found = look(seal=is_hashing)
    assert (code, ill(found)) == (BROKEN, {"seal"})
    assert words in found["seal"]["words"]


def test_commits_that_may_be_lost_are_no_good(
    founded: str, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALLOT_DURABILITY")
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"durability"})
    assert "fsync" in found["durability"]["words"]


def test_a_database_that_is_not_there_cannot_be_reached(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOT_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    code, found = look()
    assert (code, ill(found)) == (UNREACHABLE, {"database"})


def test_a_wish_for_programs_that_are_not_there_is_named(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALLOT_DATABASE_URL")
    monkeypatch.setenv("ALLOT_PG_BIN", "/nowhere")
    code, found = look()
    assert code == UNREACHABLE
    assert "/nowhere" in found["programs"]["words"]


def test_looking_makes_no_database(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ALLOT_DATABASE_URL")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    code, found = look()
    assert (code, ill(found)) == (UNREACHABLE, {"database"})
    assert "allot init" in found["database"]["remedy"]
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_counts_the_tokens_that_are_in_force(founded: str, look: Look) -> None:
    with psycopg.connect(founded, autocommit=True) as connection:
        for name in ("laptop", "phone", "lost"):
            create_token(connection, "kim@lab", name)
        revoke_token(connection, "lost")
    _, found = look()
    assert found["identity"]["words"].startswith("tokens of ours in force: 2;")


@pytest.mark.usefixtures("founded")
def test_the_doctor_asks_an_issuer_for_its_keys(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    with local_issuer() as issuer:
        monkeypatch.setenv("ALLOT_OIDC_ISSUER", issuer.url)
        monkeypatch.setenv("ALLOT_OIDC_AUDIENCE", AUDIENCE)
        check = f"issuer {issuer.url}"
        code, found = look()
        assert (code, found[check]["well"]) == (0, "yes")
        assert found[check]["words"].startswith("keys: 1; its tokens for allot")
        issuer.published = []
        code, found = look()
        assert (code, ill(found)) == (REFUSED, {check})
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {check})
    assert "does not answer" in found[check]["words"]


@pytest.mark.usefixtures("founded")
def test_settings_with_which_no_door_opens_are_told(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOT_AUTH", "open")
    assert look()[1]["identity"]["words"].startswith("open: ")
    monkeypatch.setenv("ALLOT_HOST", "0.0.0.0")
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"identity"})
    assert "loopback" in found["identity"]["words"]


@pytest.mark.parametrize("statement", [
    "GRANT UPDATE (state) ON ledger.events TO allot_writer",
    "GRANT DELETE ON ledger.receipts TO allot_writer",
    "GRANT allot_owner TO allot_writer WITH INHERIT FALSE, SET TRUE",
])  # fmt: skip
def test_a_role_that_could_change_a_part_or_the_answers_is_named(
    founded: str, look: Look, statement: LiteralString
) -> None:
    change(founded, statement)
    try:
        code, found = look()
        assert (code, ill(found)) == (REFUSED, {"role allot_writer"})
        assert "REVOKE" in found["role allot_writer"]["remedy"]
    finally:  # roles are of the whole server
        change(founded, "REVOKE allot_owner FROM allot_writer")


def test_a_table_of_the_record_that_is_not_there_is_missed(founded: str, look: Look) -> None:
    change(founded, "DROP TABLE ledger.receipts CASCADE")
    code, found = look()
    assert (code, ill(found)) == (BROKEN, {"tables"})
    assert "ledger.receipts" in found["tables"]["words"]


def test_triggers_that_were_switched_off_are_named(founded: str, look: Look) -> None:
    change(founded, "ALTER TABLE ledger.events DISABLE TRIGGER USER")
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"tables"})
    assert "switched off" in found["tables"]["words"]


def test_a_log_that_was_emptied_is_broken_and_not_new(founded: str, look: Look) -> None:
    change(founded, "ALTER TABLE ledger.events DISABLE TRIGGER USER")
    change(founded, "TRUNCATE ledger.events CASCADE")
    change(founded, "ALTER TABLE ledger.events ENABLE TRIGGER USER")
    code, found = look()
    assert (code, "record" in ill(found), "founded" in found) == (BROKEN, True, False)


def test_what_is_no_address_is_said_without_a_part_of_it(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOT_DATABASE_URL", "postgresql://a:secret pw@host/x")
    code, found = look()
    assert (code, ill(found)) == (UNREACHABLE, {"database"})
    assert "secret" not in found["database"]["words"]


def test_a_login_without_rights_is_told_which_it_takes(
    founded: str, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOT_DATABASE_URL", as_role(founded, "pg_read_all_settings"))
    code, found = look()
    assert (code, ill(found)) == (UNREACHABLE, {"database"})
    assert "permission denied" in found["database"]["words"]
    assert "the login that ran `allot migrate`" in found["database"]["remedy"]
