"""Connections between service and database cut at the worst moments: nothing lost or doubled."""

import random
import threading
from collections.abc import Callable

import msgspec
import pytest
from msgspec import Struct

from ledger.store.roles import FOLLOWER, WRITER
from tests.faults.aftermath import unclear
from tests.faults.proxy import Act, Fault, Message
from tests.faults.standing import Standing
from tests.support.committing import LONG_S, until
from tests.support.oracle import whole_log
from tests.support.people import Asked, Person

FEW = 6
MANY = 200
ROUND_S = 3
"""No cut takes longer to come about, however busy the machine."""
ROUNDS = pytest.mark.parametrize(
    "rounds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)


class Kind(Struct, frozen=True):
    """What is done to which messages of a role; it is at ease after so many batches."""

    role: str
    strikes: Callable[[Message], bool]
    act: Act
    at_ease: int = 20


class Sometimes:
    """A fault that strikes at messages of a role of one kind, so many times in all.

    Now and then it strikes again at once, at the next try; else it lets so many batches be kept
    that the service is at ease again.
    """

    def __init__(self, kind: Kind, times: int) -> None:
        self.left = times
        self._kind = kind
        self._rng = random.Random(times)
        self._let_be = 1

    def __call__(self, message: Message) -> Act:
        """What happens to this one."""
        if message.role != self._kind.role:
            return Act.PASS
        if self.left and not self._let_be and self._kind.strikes(message):
            self.left -= 1
            self._let_be = self._rng.choice((0, 1, self._kind.at_ease, self._kind.at_ease))
            return self._kind.act
        if self._let_be and is_committed(message):
            self._let_be -= 1
        return Act.PASS


def is_lock(message: Message) -> bool:
    """Whether the ledger's lock is asked for: that begins a batch."""
    return message.kind == b"B" and "pg_advisory_xact_lock" in message.statement


def is_insert(message: Message) -> bool:
    """Whether rows are sent to be stored."""
    return message.kind == b"B" and "INSERT INTO" in message.statement


def is_to_commit(message: Message) -> bool:
    """Whether what was sent is asked to be kept: by COMMIT, or as the end of it all."""
    if not (message.from_service and message.stores):
        return False
    return message.kind == b"S" or message.statement.startswith("COMMIT")


def is_committed(message: Message) -> bool:
    """Whether it is said that what was sent is kept."""
    if message.from_service or not message.stores:
        return False
    return message.kind == b"Z" or message.body == b"COMMIT\0"


def is_row(message: Message) -> bool:
    """Whether it is a row of what was asked for."""
    return message.kind == b"D" and not message.from_service


@ROUNDS
@pytest.mark.parametrize(
    "kind",
    [
        Kind(WRITER, is_lock, Act.CUT),
        Kind(WRITER, is_insert, Act.HALF),
        Kind(WRITER, is_to_commit, Act.CUT),
        Kind(WRITER, is_committed, Act.CUT),
        Kind(WRITER, is_row, Act.HALF),
        pytest.param(Kind(FOLLOWER, is_to_commit, Act.CUT, at_ease=2), marks=pytest.mark.slow),
        pytest.param(Kind(FOLLOWER, is_committed, Act.CUT, at_ease=2), marks=pytest.mark.slow),
    ],
    ids=[
        "before the request",
        "in the middle of the request",
        "before COMMIT",
        "after COMMIT, before its reply",
        "in the middle of a row",
        "before the read models' COMMIT",
        "after the read models' COMMIT",
    ],
)
def test_a_connection_cut_under_load_costs_nothing(
    standing: Standing, tell: Callable[[str], None], kind: Kind, rounds: int
) -> None:
    fault = Sometimes(kind, rounds)
    with standing.writing() as writers:
        standing.proxy.fault = fault
        until(lambda: not fault.left, LONG_S + rounds * ROUND_S)
    left = standing.left(writers)
    tell(left.figures(rounds))
    assert left.complaints() == []


def once(strikes: Callable[[Message], bool], then: Callable[[], None]) -> Fault:
    """Cut the writer's first message of a kind; `then` is called at that moment."""
    waiting = [then]

    def fault(message: Message) -> Act:
        if waiting and message.role == WRITER and strikes(message):
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
        do="note",  # nothing that was done to the pool before has it refused
        body=msgspec.json.encode({"about": {"unit": lab.teams[0]}, "text": "Words"}),
    )
    person = Person(standing.doors.url, asked.by)
    proxy.fault = once(is_committed, is_cut.set)
    proxy_shut = threading.Thread(target=lambda: is_cut.wait(LONG_S) and proxy.shut())
    proxy_shut.start()
    first = person.repeat(asked)
    assert is_cut.is_set()
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
