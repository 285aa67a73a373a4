"""Two service processes and forty people on one hot pool: one order, and no answer out of it."""

from collections import Counter
from collections.abc import Callable

import pytest

from ledger.store.embedded.server import Server
from tests.cli.running import ledger, serving
from tests.faults.hot_pool import complaints, crowd
from tests.support.books import fullest
from tests.support.lab import furnish

PEOPLE_EACH = 20
CAPACITY = 96
TEAMS = 8
SECONDS = 14.0
FIVE_MINUTES = 300.0


@pytest.mark.parametrize(
    "seconds",
    [SECONDS, pytest.param(FIVE_MINUTES, marks=pytest.mark.slow)],
    ids=["a-moment", "five-minutes"],
)
def test_two_processes_and_forty_people_share_one_order(
    postgres_server: Server, seconds: float, tell: Callable[[str], None]
) -> None:
    with (
        ledger(postgres_server, ALLOT_DECIDES_APART="true") as one,
        serving(one.environ) as other,
    ):
        lab = furnish(one.url, capacity=CAPACITY, teams=TEAMS, operators=2 * PEOPLE_EACH)
        database = one.environ["ALLOT_DATABASE_URL"]
        hot = crowd([one.url, other.url], lab, database, each=PEOPLE_EACH, seconds=seconds)
        found = complaints(hot)
    statuses = Counter(told.status for told in hot.first)
    tell(
        f"{len(hot.log)} events, answers {dict(statuses)}, {len(hot.again)} again, "
        f"{len(hot.looks)} looks, {sum(len(reader.seen) for reader in hot.readers)} events read; "
        f"{len(found)} complaints"
    )
    assert found[:5] == []
    # There was something to find: the pool was full, and every kind of answer was given.
    assert statuses.keys() == {201, 409}
    assert CAPACITY - 25 < fullest(hot.log) <= CAPACITY
    assert hot.again
    assert {(look.what, bool(look.min_position), bool(look.known_at)) for look in hot.looks} >= {
        ("holdings", True, False), ("holdings", False, True), ("capacity", False, False),
    }  # fmt: skip
