"""kill -9 of the service and of PostgreSQL under sixteen writers."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from ledger.store.embedded.binaries import Binaries
from tests.faults.house import House, Writer, house
from tests.faults.verdict import judge
from tests.support.lab import Lab, furnish, grant, move, release
from tests.support.oracle import differences, gaps, whole_log
from tests.support.people import Asked, Person, Told, at_once
from tests.support.tailing import THE_END, WAYS, Reader

WRITERS = 16
CAPACITY = 512
FEW = 3
TRIES = 5
MANY = 20


@pytest.fixture
def data() -> Iterator[Path]:
    """Yield a directory for a server of this test alone; short: the socket needs no link."""
    with tempfile.TemporaryDirectory(prefix="allot-faults-") as place:
        yield Path(place)


def asks(lab: Lab, number: int, run: int) -> Iterator[Asked]:
    """What one writer asks, for ever: mostly possible, sometimes refused."""
    rng = random.Random(number)
    by = lab.operators[number]
    count = 0
    while True:
        one, other = rng.sample(lab.teams, 2)
        do, fields = rng.choice(
            (
                ("grant", grant(one, rng.randrange(1, 17))),
                ("release", release(one, rng.randrange(1, 17))),
                ("reallocate", move(one, other, rng.randrange(1, 9))),
            )
        )
        yield Asked(by=by, key=f"{run}:{number}:{count}", do=do, body=msgspec.json.encode(fields))
        count += 1


def write_through(
    standing: House, lab: Lab, kill: Callable[[int], None], rounds: int, run: int = 0
) -> tuple[list[Writer], list[float]]:
    """Let the writers write while something is killed at random moments.

    Returns them, stopped, and the moments.
    """
    moments: list[float] = []
    writers = [
        Writer(standing, lab.operators[number], asks(lab, number, run)) for number in range(WRITERS)
    ]
    for writer in writers:
        writer.begin()
    rng = random.Random(rounds + run)
    for number in range(rounds):
        time.sleep(rng.uniform(0.3, 1.2))
        moments.append(time.monotonic())
        kill(number)
    time.sleep(0.5)
    for writer in writers:
        writer.stop()
    return writers, moments


def asked_again(standing: House, told: list[Told]) -> list[Told]:
    """What every key is answered now."""

    def again(some: list[Told]) -> list[Told]:
        person = Person(standing.url, some[0].asked.by)
        try:
            return [person.repeat(one.asked) for one in some]
        finally:
            person.hang_up()

    parts = [told[start::4] for start in range(4)]
    answers = at_once([lambda part=part: again(part) for part in parts if part])
    return [one for some in answers for one in some]


def end(standing: House, lab: Lab) -> None:
    """Record the event by which those who follow know that they have seen everything."""
    person = Person(standing.url, lab.operators[0])
    note = {"about": {"unit": lab.teams[0]}, "text": "The end of the week"}
    assert person.ask("note", note, THE_END).status == 201
    person.hang_up()


def nothing_is_lost(standing: House, rounds: int, kill: Callable[[int], None]) -> None:
    """Kill so many times under load, and hold what is left to every promise."""
    standing.open()
    lab = furnish(standing.url, capacity=CAPACITY, teams=8, operators=WRITERS)
    readers = [Reader(way, lambda: standing.url) for way in WAYS]
    for reader in readers:
        reader.begin()
    writers, moments = write_through(standing, lab, kill, rounds)
    told = [one for writer in writers for one in writer.told]
    again = asked_again(standing, told)
    end(standing, lab)
    log = whole_log(standing.address)

    verdict = judge(log, told, again)
    assert (verdict.lost, verdict.twice, verdict.differ) == ([], [], [])
    assert gaps(log) == []
    # None is invented: what was not told to anybody was told to somebody under another try.
    assert differences(log, told) == []
    everything = [(event.position, event.stored) for event in log]
    for reader in readers:
        assert reader.ended() == everything, reader.way
    # The harness had something to find: at every kill, questions were under way.
    waits = [wait for writer in writers for wait in writer.waits]
    for moment in moments:
        assert any(began < moment < answered for began, answered in waits)
    assert {one.status for one in told} == {201, 409}


@pytest.mark.parametrize(
    "rounds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_killed_service_loses_nothing_it_acknowledged(
    data: Path, postgres_binaries: Binaries, rounds: int
) -> None:
    with house(data, postgres_binaries) as standing:
        nothing_is_lost(standing, rounds, lambda _: standing.kill_service())


@pytest.mark.parametrize(
    "rounds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_killed_server_loses_nothing_that_was_acknowledged(
    data: Path, postgres_binaries: Binaries, rounds: int
) -> None:
    with house(data, postgres_binaries) as standing:
        nothing_is_lost(standing, rounds, lambda n: standing.kill_server(with_backends=n % 2 == 0))


def test_commits_that_do_not_wait_for_the_disk_are_found_out(
    data: Path, postgres_binaries: Binaries
) -> None:
    # The control: the same harness must see the losses of a ledger that answers too early.
    with house(data, postgres_binaries, ALLOT_DURABILITY="test") as standing:
        standing.give_up_durability()
        standing.open()
        lab = furnish(standing.url, capacity=CAPACITY, teams=8, operators=WRITERS)
        lost: list[str] = []
        for run in range(TRIES):
            writers, _ = write_through(
                standing, lab, lambda _: standing.kill_server(with_backends=True), 1, run
            )
            told = [one for writer in writers for one in writer.told]
            lost = judge(whole_log(standing.address), told, ()).lost
            if lost:
                break
        assert lost
