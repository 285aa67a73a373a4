"""The database held, ended and used up under load: a clear 503 meanwhile, and nothing lost."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import LiteralString

import msgspec
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.store.roles import READER
from tests.cli.running import FOUNDER
from tests.faults.standing import ANSWER_S, Standing
from tests.faults.writers import Writer
from tests.support.committing import LONG_S, until
from tests.support.lab import grant
from tests.support.people import Person, at_once

OWN_PATIENCE_S = 50.0
"""Longer than the committer itself waits for a word of the database."""
READS = 6
PAUSE_S = 0.1
"""Between two looks for a connection that came free: each look costs the server a process."""


def each_is_put_off(writers: list[Writer], before: int = 0) -> Callable[[], bool]:
    """Whether each of them was told to ask later, more often than before."""
    return lambda: all(len(writer.put_off) > before for writer in writers)


@pytest.mark.parametrize(
    "held_s",
    [ANSWER_S, pytest.param(OWN_PATIENCE_S, marks=pytest.mark.slow)],
    ids=["short", "for long"],
)
@pytest.mark.parametrize("then_cut", [False, True], ids=["goes on", "is cut"])
def test_a_database_that_says_nothing_costs_nothing(
    standing: Standing, tell: Callable[[str], None], then_cut: bool, held_s: float
) -> None:
    with standing.writing() as writers:
        standing.proxy.stall()
        began = time.monotonic()
        until(each_is_put_off(writers))
        until(lambda: time.monotonic() > began + held_s)
        if then_cut:
            standing.proxy.cut()
        standing.proxy.go_on()
        answered = [len(writer.told) for writer in writers]
        until(lambda: all(len(w.told) > n for w, n in zip(writers, answered, strict=True)))
    left = standing.left(writers)
    tell(left.figures(1))
    assert left.complaints() == []
    assert len(left.unsure) >= len(writers)


END_THEM: LiteralString = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize(
    "rounds", [10, pytest.param(200, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_ended_backends_of_writer_and_readers_cost_nothing(
    standing: Standing, tell: Callable[[str], None], rounds: int
) -> None:
    with (
        psycopg.connect(standing.address, autocommit=True) as keeper,
        standing.looking(),
        standing.writing() as writers,
    ):
        for _ in range(rounds):
            # Whoever was ended before has begun anew.
            until(lambda: keeper.execute(END_THEM).fetchone() != (0,))
            time.sleep(0.1)
    left = standing.left(writers)
    tell(left.figures(rounds))
    assert left.complaints() == []


@contextmanager
def no_place_left(address: str, enough: Callable[[], bool]) -> Generator[None]:
    """Take every connection the server has to give, until it shows."""
    with ExitStack() as taken:
        keeper = taken.enter_context(psycopg.connect(address, autocommit=True))
        elsewhere = make_conninfo(address, dbname="postgres")
        while not enough():
            keeper.execute(END_THEM)
            try:
                while True:
                    taken.enter_context(psycopg.connect(elsewhere))
            except psycopg.OperationalError as full:
                if "too many clients" not in str(full):
                    raise
            time.sleep(PAUSE_S)
        yield


def test_a_server_without_a_free_connection_is_waited_for(
    standing: Standing, tell: Callable[[str], None]
) -> None:
    with standing.looking() as onlookers, standing.writing() as writers:

        def is_felt() -> bool:
            return each_is_put_off(writers)() and all(one.put_off for one in onlookers)

        with no_place_left(standing.address, is_felt):
            until(lambda: not standing.is_ready())
    left = standing.left(writers)
    tell(left.figures(1))
    assert left.complaints() == []


def test_reads_on_a_silent_wire_are_given_up_and_hold_up_no_decision(standing: Standing) -> None:
    is_put_off = threading.Event()

    def read() -> tuple[int, str]:
        status, body = standing.look("/v1/holdings")
        is_put_off.set()
        said = msgspec.json.decode(body)
        assert said["detail"]
        return status, said["code"]

    def decide() -> int:
        person = Person(standing.doors.url, FOUNDER)
        assert is_put_off.wait(LONG_S)
        told = person.ask("grant", grant(standing.lab.teams[0], 1), "while reads hang")
        person.hang_up()
        return told.status

    standing.proxy.stall(READER)
    *looked, decided = at_once([*[read] * READS, decide])
    standing.proxy.go_on()
    # Those that found a place waited for the database, the others for a place.
    assert set(looked) == {(503, "Unavailable"), (503, "ReadersBusy")}
    assert decided in {201, 409}
    until(standing.is_ready)
    assert standing.read("/v1/holdings")
