"""kill -9 of the service, of what decides beside it and of PostgreSQL under sixteen writers."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.server import Durability, start
from tests.faults.aftermath import aftermath
from tests.faults.house import House, house
from tests.faults.tails import end, follow, misread
from tests.faults.verdict import judge
from tests.faults.writers import furnished, writing
from tests.support.oracle import whole_log

MANY = 20
TRIES = 5
Kill = Callable[[House], None]
SERVICE: Kill = House.kill_service
SERVER: Kill = lambda standing: standing.kill_server(with_backends=True)  # noqa: E731
POSTMASTER: Kill = lambda standing: standing.kill_server(with_backends=False)  # noqa: E731
BOTH: Kill = House.kill_both
DECIDER: Kill = House.kill_decider


@pytest.fixture(scope="module")
def data(postgres_binaries: Binaries) -> Iterator[Path]:
    """Yield the directory of a durable server; short: the socket needs no link."""
    with (
        tempfile.TemporaryDirectory(prefix="allot-faults-") as place,
        start(Path(place), postgres_binaries, durability=Durability.FULL),
    ):
        yield Path(place)


def kill_through(standing: House, kills: Sequence[Kill], run: str = "run") -> str:
    """Kill at random moments under load, and hold what is left to every promise."""
    standing.open()
    lab = furnished(standing.url)
    readers = follow(lambda: standing.url)
    moments: list[float] = []
    rng = random.Random(run)
    with writing(lambda: standing.url, lab, run) as writers:
        for kill in kills:
            time.sleep(rng.uniform(0.3, 1.2))
            moments.append(time.monotonic())
            kill(standing)
        time.sleep(0.5)
    left = aftermath(standing.url, standing.address, writers)
    end(standing.url, by=lab.operators[0], unit=lab.teams[0])

    assert left.complaints() == []
    assert misread(readers, whole_log(standing.address)) == []
    # The harness had something to find: at every kill, questions were under way.
    waits = [wait for writer in writers for wait in writer.waits]
    for moment in moments:
        assert any(began < moment < answered for began, answered in waits)
    assert {one.status for one in left.told} == {201, 409}
    return left.figures(len(kills))


def test_killed_services_and_servers_lose_nothing_that_was_acknowledged(
    data: Path, postgres_binaries: Binaries, tell: Callable[[str], None]
) -> None:
    with house(data, postgres_binaries) as standing:
        tell(kill_through(standing, [SERVICE, DECIDER, POSTMASTER, BOTH]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "kills",
    [[SERVICE], [DECIDER], [SERVER, POSTMASTER], [BOTH]],
    ids=["the service", "what decides", "the server", "both at once"],
)
def test_killed_again_and_again_they_lose_nothing(
    data: Path, postgres_binaries: Binaries, tell: Callable[[str], None], kills: list[Kill]
) -> None:
    with house(data, postgres_binaries) as standing:
        tell(kill_through(standing, (kills * MANY)[:MANY]))


def test_commits_that_do_not_wait_for_the_disk_are_found_out(
    data: Path, postgres_binaries: Binaries, tell: Callable[[str], None]
) -> None:
    # The control: the same harness must see the losses of a ledger that answers too early.
    with house(data, postgres_binaries, ALLOT_DURABILITY="test") as standing:
        standing.give_up_durability()
        standing.open()
        lab = furnished(standing.url)
        lost: list[str] = []
        for tries in range(1, TRIES + 1):
            with writing(lambda: standing.url, lab, f"try {tries}") as writers:
                time.sleep(0.6)
                SERVER(standing)
            told = [one for writer in writers for one in writer.told]
            lost = judge(whole_log(standing.address), told, ()).lost
            if lost:
                tell(f"the control lost {len(lost)} of {len(told)} answers in {tries} tries")
                break
        assert lost
