"""Connections between service and database cut at the worst moments: nothing lost or doubled."""

import random
import threading
from collections.abc import Callable

import msgspec
import pytest

from ledger.store.roles import WRITER
from tests.faults.aftermath import unclear
from tests.faults.proxy import Act, Fault, Message
from tests.faults.standing import Standing
from tests.support.committing import until
from tests.support.lab import grant
from tests.support.oracle import whole_log
from tests.support.people import Asked, Person

FEW = 10
MANY = 200
ROUNDS = pytest.mark.parametrize(
    "rounds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)


class Sometimes:
    """A fault that strikes at every other message of a kind, so many times in all."""

    def __init__(self, strikes: Callable[[Message], bool], act: Act, times: int) -> None:
        self.left = times
        self._strikes = strikes
        self._act = act
        self._rng = random.Random(times)

    def __call__(self, message: Message) -> Act:
        """What happens to this one."""
        if self.left and self._strikes(message) and self._rng.random() < 0.5:
            self.left -= 1
            return self._act
        return Act.PASS


def is_lock(message: Message) -> bool:
    """Whether the writer asks for the ledger's lock: it begins a batch."""
    return message.kind == b"B" and "pg_advisory_xact_lock" in message.statement


def is_insert(message: Message) -> bool:
    """Whether the writer sends rows to be stored."""
    return message.kind == b"B" and message.statement.startswith("INSERT")


def is_to_commit(message: Message) -> bool:
    """Whether the writer asks for what it sent to be kept: by COMMIT, or as the end of it all."""
    if not (message.from_service and message.stores):
        return False
    return message.kind == b"S" or message.statement.startswith("COMMIT")


def is_committed(message: Message) -> bool:
    """Whether the writer is told that what it sent is kept."""
    if message.from_service or not message.stores:
        return False
    return message.kind == b"Z" or message.body == b"COMMIT\0"


def is_row(message: Message) -> bool:
    """Whether a message is a row for the writer."""
    return message.role == WRITER and message.kind == b"D" and not message.from_service


@ROUNDS
@pytest.mark.parametrize(
    ("strikes", "act"),
    [
        (is_lock, Act.CUT),
        (is_insert, Act.HALF),
        (is_to_commit, Act.CUT),
        (is_committed, Act.CUT),
        (is_row, Act.HALF),
    ],
    ids=[
        "before the request",
        "in the middle of the request",
        "before COMMIT",
        "after COMMIT, before its reply",
        "in the middle of a row",
    ],
)
def test_a_connection_cut_under_load_costs_nothing(
    standing: Standing,
    tell: Callable[[str], None],
    strikes: Callable[[Message], bool],
    act: Act,
    rounds: int,
) -> None:
    fault = Sometimes(strikes, act, rounds)
    with standing.writing() as writers:
        standing.proxy.fault = fault
        until(lambda: not fault.left)
    left = standing.left(writers)
    tell(left.figures(rounds))
    assert left.complaints() == []


def once(strikes: Callable[[Message], bool], then: Callable[[], None]) -> Fault:
    """Cut the first message of a kind; `then` is called at that moment."""
    waiting = [then]

    def fault(message: Message) -> Act:
        if waiting and strikes(message):
            waiting.pop()()
            return Act.CUT
        return Act.PASS

    return fault


def test_what_became_of_a_command_is_told_by_its_key_once_it_can_be(standing: Standing) -> None:
    lab, proxy = standing.lab, standing.proxy
    is_cut = threading.Event()
    asked = Asked(
        by=lab.operators[0],
        key="unknown fate",
        do="grant",
        body=msgspec.json.encode(grant(lab.teams[0], 1)),
    )
    person = Person(standing.doors.url, asked.by)
    proxy.fault = once(is_committed, is_cut.set)
    proxy_shut = threading.Thread(target=lambda: is_cut.wait(10) and proxy.shut())
    proxy_shut.start()
    first = person.repeat(asked)
    proxy_shut.join()
    assert (first.status, unclear(first)) == (503, [])
    kept = [one for one in whole_log(standing.address) if b"unknown fate" in one.stored]
    assert len(kept) == 1

    proxy.open()
    until(standing.is_ready)
    again, once_more = person.repeat(asked), person.repeat(asked)
    person.hang_up()
    assert again.status == 201
    assert again.replayed
    assert again.position == kept[0].position
    assert again.answer == once_more.answer
    assert [one for one in whole_log(standing.address) if b"unknown fate" in one.stored] == kept
