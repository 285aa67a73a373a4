"""A service under everything at once for a while: memory is flat, lag is gone, nothing failed."""

from collections.abc import Callable

import pytest

from ledger.store.embedded.server import Server
from tests.cli.running import ledger
from tests.faults.flat import SLACK_KIB
from tests.faults.hot_pool import complaints, crowd
from tests.faults.soak import Soak, drift, settled
from tests.support.lab import furnish

PEOPLE = 8
PAUSE_S = 0.05
MOMENT = 20.0
HALF_AN_HOUR = 1800.0


@pytest.mark.parametrize(
    "seconds",
    [MOMENT, pytest.param(HALF_AN_HOUR, marks=pytest.mark.slow)],
    ids=["a-moment", "half-an-hour"],
)
def test_a_service_in_use_stays_as_it_was(
    postgres_server: Server, seconds: float, tell: Callable[[str], None]
) -> None:
    with ledger(postgres_server, anew=True, ALLOT_DECIDES_APART="true") as running:
        lab = furnish(running.url, capacity=256, teams=8, operators=PEOPLE)
        soak = Soak(running, lab, seconds)
        database = running.environ["ALLOT_DATABASE_URL"]
        hot = crowd(
            [running.url], lab, database,
            each=PEOPLE, seconds=seconds, pause_s=PAUSE_S, beside=soak.beside(),
        )  # fmt: skip
        settled(soak)
        ended = soak.ended()
        found = complaints(hot)
    rises = soak.rises_kib()
    names = soak.names()
    tell(
        f"{len(hot.told)} answers, {len(hot.looks) + sum(soak.statuses.values())} reads, "
        f"{len(hot.log)} events; memory rose by "
        + ", ".join(f"{names[pid]} {rise / 1024:+.1f} MiB" for pid, rise in rises.items())
        + f"; waits in ms (median/p99) {drift(hot.told[:-1])}"
    )
    assert found[:5] == []
    assert soak.wrong[:5] == []
    assert soak.rebuilt == 0
    # The same processes as at the beginning, and none of them larger than its events make it.
    assert ended == []
    assert len(rises) >= 2
    assert {names[pid]: rise for pid, rise in rises.items() if rise > SLACK_KIB} == {}
