"""A reply is lost on the way: the retry gets the answer that was given, once and for all."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec
import pytest

from api.client import PATHS, Client
from ledger.codec import decode
from ledger.store.embedded.server import Server
from tests.cli.running import FOUNDER, Ledger, ledger
from tests.support.lab import POOL, Lab, furnish, grant
from tests.support.oracle import whole_log
from tests.support.people import Asked, Person, Told, at_once, problem


@pytest.fixture(scope="module")
def lab(postgres_server: Server) -> Iterator[tuple[Ledger, Lab]]:
    """Yield a small ledger; each test has keys of its own."""
    with ledger(postgres_server) as running:
        yield running, furnish(running.url, capacity=64, teams=2, operators=2)


def events_under(running: Ledger, key: str) -> int:
    """How many events the log has under a key."""
    log = whole_log(running.environ["ALLOT_DATABASE_URL"])
    return sum(decode(event.stored).key == key for event in log)


def ask_and_lose_the_reply(running: Ledger, asked: Asked) -> None:
    """Send a command and hang up before its answer comes."""
    address = urlsplit(running.url)
    request = (
        f"POST {PATHS[asked.do]} HTTP/1.1\r\nHost: {address.netloc}\r\nAllot-As: {asked.by}\r\n"
        f"Idempotency-Key: {asked.key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(asked.body)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall(request.encode() + asked.body)


def repeated(running: Ledger, asked: Asked) -> Told:
    """Ask once, over a connection of its own."""
    person = Person(running.url, asked.by)
    try:
        return person.repeat(asked)
    finally:
        person.hang_up()


def a_grant(lab: Lab, key: str, quantity: int = 8) -> Asked:
    """A grant to the first team, under a key."""
    body = msgspec.json.encode(grant(lab.teams[0], quantity))
    return Asked(by=lab.operators[0], key=key, do="grant", body=body)


def test_a_retry_after_a_lost_reply_is_stored_once(lab: tuple[Ledger, Lab]) -> None:
    running, made = lab
    asked = a_grant(made, "lost")
    ask_and_lose_the_reply(running, asked)
    first, second = repeated(running, asked), repeated(running, asked)
    assert (first.status, second.status) == (201, 201)
    assert second.answer == first.answer
    assert second.replayed
    assert events_under(running, "lost") == 1


def test_the_same_key_from_many_at_once_is_stored_once(lab: tuple[Ledger, Lab]) -> None:
    running, made = lab
    asked = a_grant(made, "impatient")
    told = at_once([lambda: repeated(running, asked)] * 12)
    assert {one.answer for one in told} == {told[0].answer}
    assert told[0].status == 201
    assert [one.replayed for one in told].count(False) == 1
    assert events_under(running, "impatient") == 1


def test_a_no_is_kept_as_a_yes_is(lab: tuple[Ledger, Lab]) -> None:
    running, made = lab
    refused = repeated(running, a_grant(made, "greedy", 65))
    assert refused.status == 409
    # What would now fit changes nothing: the key has its answer.
    with Client(running.url, actor=FOUNDER) as client:
        more = {"pool": POOL, "kind": "counted", "total": 128}
        assert client.command("change_capacity", more, key="more").status == 201
    again = repeated(running, a_grant(made, "greedy", 65))
    assert again.answer == refused.answer
    assert again.replayed
    assert events_under(running, "greedy") == 0


def test_another_command_under_a_known_key_is_no_retry(lab: tuple[Ledger, Lab]) -> None:
    running, made = lab
    assert repeated(running, a_grant(made, "mine", 8)).status == 201
    other = repeated(running, a_grant(made, "mine", 16))
    assert other.status == 422
    assert problem(other).code == "KeyReused"
    assert events_under(running, "mine") == 1


def test_a_key_belongs_to_its_person(lab: tuple[Ledger, Lab]) -> None:
    running, made = lab
    mine = a_grant(made, "monday")
    theirs = Asked(by=made.operators[1], key=mine.key, do=mine.do, body=mine.body)
    told = [repeated(running, mine), repeated(running, theirs)]
    assert [one.status for one in told] == [201, 201]
    assert not told[1].replayed
    assert events_under(running, "monday") == 2
