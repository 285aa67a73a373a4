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
# Whatever is inserted is thrown away, and whoever inserted it is told that it is there, while a row
# says so. No table is changed while somebody writes: a batch has locked the tables by the time it
# waits for the ledger's lock, so who held that and wanted the tables could wait for ever.
ALONE = statements("recorder.sql")["lock"]
PREPARE = """
CREATE TABLE ledger.pretending AS SELECT false AS is_on;
GRANT SELECT ON ledger.pretending TO PUBLIC;
CREATE FUNCTION ledger.pretend() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RETURN CASE WHEN (SELECT is_on FROM ledger.pretending) THEN NULL ELSE new END; END';
CREATE TRIGGER pretends BEFORE INSERT ON ledger.events
  FOR EACH ROW EXECUTE FUNCTION ledger.pretend();
CREATE TRIGGER pretends BEFORE INSERT ON ledger.receipts
  FOR EACH ROW EXECUTE FUNCTION ledger.pretend();
CREATE TRIGGER pretends BEFORE INSERT ON ledger.seal
  FOR EACH ROW EXECUTE FUNCTION ledger.pretend();
"""
# Between two batches, so that each is kept or thrown away as a whole.
PRETEND = f"{ALONE} UPDATE ledger.pretending SET is_on = true;"
BE_HONEST = f"{ALONE} UPDATE ledger.pretending SET is_on = false;"


@pytest.fixture(scope="module")
def broken(postgres_server: Server) -> Iterator[Standing]:
    """Yield a service of these tests alone, whose record is not to be trusted afterwards."""
    with stood(postgres_server, "--no-follower") as standing:
        yield standing


def test_answers_to_what_was_never_kept_are_found_lost(
    broken: Standing, tell: Callable[[str], None]
) -> None:
    with psycopg.connect(broken.address, autocommit=True) as owner:
        owner.execute(PREPARE)
        with broken.writing() as writers:
            owner.execute(PRETEND)
            honest = sum(len(writer.told) for writer in writers)
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
