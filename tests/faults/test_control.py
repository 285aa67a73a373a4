"""The controls: a ledger that is broken on purpose, behind the same doors, is found out."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from ledger.store.embedded.server import Server
from ledger.store.statements import statements
from tests.faults.aftermath import aftermath
from tests.faults.standing import Standing, stood
from tests.support.committing import until

LIES = 50
# Who writes takes the ledger's lock first, then the tables. Who has that lock meets no writer at
# the tables, so it is of no matter in which order they are changed; readers may stay, for to make
# a trigger or to disable one does not lock them out, as to drop one would.
ALONE = statements("recorder.sql")["lock"]
# Whatever is inserted is thrown away, and whoever inserted it is told that it is there.
PRETEND = f"""
{ALONE}
CREATE FUNCTION ledger.pretend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER pretends BEFORE INSERT ON ledger.events
  FOR EACH ROW EXECUTE FUNCTION ledger.pretend();
CREATE TRIGGER pretends BEFORE INSERT ON ledger.receipts
  FOR EACH ROW EXECUTE FUNCTION ledger.pretend();
CREATE TRIGGER pretends BEFORE INSERT ON ledger.seal
  FOR EACH ROW EXECUTE FUNCTION ledger.pretend();
"""
BE_HONEST = f"""
{ALONE}
ALTER TABLE ledger.events DISABLE TRIGGER pretends;
ALTER TABLE ledger.receipts DISABLE TRIGGER pretends;
ALTER TABLE ledger.seal DISABLE TRIGGER pretends;
"""


@pytest.fixture(scope="module")
def broken(postgres_server: Server) -> Iterator[Standing]:
    """Yield a service of these tests alone, whose record is not to be trusted afterwards."""
    with stood(postgres_server, "--no-follower") as standing:
        yield standing


def test_answers_to_what_was_never_kept_are_found_lost(
    broken: Standing, tell: Callable[[str], None]
) -> None:
    with (
        psycopg.connect(broken.address, autocommit=True) as owner,
        broken.writing() as writers,
    ):
        honest = sum(len(writer.told) for writer in writers)
        owner.execute(PRETEND)
        until(lambda: sum(len(writer.told) for writer in writers) > honest + LIES)
        owner.execute(BE_HONEST)
    left = aftermath(broken.doors.url, broken.address, writers)
    tell(f"the control: {left.figures(1)}")
    assert left.verdict.lost
    # What is lost is judged anew when it is asked again: that is not the answer that was given.
    assert left.verdict.differ
    assert left.complaints() != []


def test_forgotten_keys_and_changed_answers_are_found_stored_twice_and_told_otherwise(
    broken: Standing, tell: Callable[[str], None]
) -> None:
    with broken.writing() as writers:
        until(lambda: sum(len(writer.told) for writer in writers) > 100)
    # A process that remembers would still know them.
    broken.doors.kill()
    with psycopg.connect(broken.address) as owner:
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("DELETE FROM ledger.receipts WHERE key LIKE 'run %:1:%'")
        owner.execute("UPDATE ledger.receipts SET body = '{}' WHERE key LIKE 'run %:2:%'")
    broken.doors.open()
    left = aftermath(broken.doors.url, broken.address, writers)
    tell(f"the control: {left.figures(1)}")
    verdict = left.verdict
    assert verdict.lost == []
    assert verdict.twice
    assert all(key.split(":")[1] == "1" for key in verdict.twice)
    assert {key.split(":")[1] for key in verdict.differ} == {"1", "2"}
    assert left.complaints() != []
