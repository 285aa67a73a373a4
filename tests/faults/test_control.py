"""The controls: a ledger that is broken on purpose, behind the same doors, is found out."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from ledger.store.embedded.server import Server
from ledger.store.roles import WRITER
from tests.faults.aftermath import aftermath
from tests.faults.proxy import Message
from tests.faults.standing import Standing, stood
from tests.support.committing import until

KEEP, DROP = b"COMMIT", b"ROLLBACK"
LIES = 10


@pytest.fixture(scope="module")
def broken(postgres_server: Server) -> Iterator[Standing]:
    """Yield a service of these tests alone, whose record is not to be trusted afterwards."""
    with stood(postgres_server) as standing:
        yield standing


class Lies:
    """A middle that takes transactions back, and tells the writer that they are kept."""

    def __init__(self) -> None:
        self.told = 0

    def __call__(self, message: Message) -> bytes:
        """The body of a message as it is passed on."""
        if message.role != WRITER:
            return message.body
        if message.kind == b"P" and message.statement.startswith(KEEP.decode()):
            return message.body.replace(KEEP, DROP)
        if message.kind == b"C" and message.body == DROP + b"\0":
            self.told += 1
            return KEEP + b"\0"
        return message.body


def test_answers_given_before_anything_is_kept_are_found_lost(
    broken: Standing, tell: Callable[[str], None]
) -> None:
    lies = Lies()
    with broken.writing() as writers:
        # Each new connection is lied to, as statements are prepared on it.
        broken.proxy.forge = lies
        broken.proxy.cut()
        until(lambda: lies.told > LIES)
        broken.proxy.forge = lambda message: message.body
        broken.proxy.cut()
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
