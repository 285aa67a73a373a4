"""Each gate holds where all is well, and fails where it is not: otherwise it would say nothing."""

from collections import Counter

import psycopg
import pytest
from psycopg import sql

from api.cli.founding import begin
from ledger.periods import from_datetime
from tests.benchmarks.bars import asking
from tests.benchmarks.gates import Fold, counted, head_of, projected, resealed
from tests.benchmarks.grounds import committing, decide, durability
from tests.benchmarks.made.years import END
from tests.benchmarks.moving import (
    CLIENTS_MAX,
    FOUNDER,
    HELD,
    POOL,
    ROOT,
    ask_of,
    fields,
    furnishing,
    move,
    mover,
    unit_of,
)
from tests.benchmarks.pacing import arrivals, pace_kept
from tests.benchmarks.peers.rival import Rival
from tests.benchmarks.tailing import Seen, each_once
from tests.benchmarks.watching import Told, Watched, seen_each_once

MOVES = 5


@pytest.fixture
def moved(migrated_database: str) -> tuple[str, int]:
    """A ledger with a few moves, and its head before them."""
    begin(migrated_database, founder=FOUNDER, root=ROOT)
    with committing(migrated_database) as committer:
        decide(committer, furnishing())
        before = head_of(migrated_database)
        act = mover(committer, 0, CLIENTS_MAX)
        for _ in range(MOVES):
            act()
    return migrated_database, before


def test_a_move_in_process_is_the_one_that_is_asked_over_http() -> None:
    given = unit_of(0), unit_of(1), 4
    asked = ask_of({"do": "reallocate", **fields(*given)}, "a")
    assert move(*given, "a").command == asked.command


def test_an_answer_too_many_is_found(moved: tuple[str, int]) -> None:
    url, before = moved
    assert counted(url, before, MOVES).holds
    assert not counted(url, before, MOVES + 1).holds


def test_a_read_model_that_lost_rows_is_found(moved: tuple[str, int]) -> None:
    url, _ = moved
    assert projected(url).holds
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'proj_holdings' ORDER BY tablename"
        ).fetchall()
        for (table,) in tables:
            name = sql.Identifier("proj_holdings", table)
            connection.execute(sql.SQL("TRUNCATE {}").format(name))
    assert not projected(url).holds


def test_an_edited_event_is_found(moved: tuple[str, int]) -> None:
    url, _ = moved
    assert resealed(url).holds
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger.events DISABLE TRIGGER USER")
        connection.execute(
            "UPDATE ledger.events SET state = state || ' ' WHERE notification_id = 7"
        )
    assert not resealed(url).holds


def test_a_server_that_does_not_flush_is_found(fresh_database: str) -> None:
    gate = durability(fresh_database)
    assert not gate.holds
    assert "fsync off" in gate.found


def test_a_holding_that_is_wrong_is_found(moved: tuple[str, int]) -> None:
    url, before = moved
    unit = unit_of(200)  # so rarely asked that none of the few moves is about it
    right = asking.Asked(unit, from_datetime(END), before, Counter({POOL: HELD}))
    wrong = asking.Asked(unit, from_datetime(END), before, Counter({POOL: HELD - 1}))
    assert asking.equal_to_the_fold(Fold(url), [right]).holds
    assert not asking.equal_to_the_fold(Fold(url), [right, wrong]).holds


def test_a_page_that_lacks_an_event_is_found(moved: tuple[str, int]) -> None:
    url, before = moved
    newest = list(range(before - 1, before - 1 - asking.ROWS, -1))
    assert asking.equal_to_the_log(url, [asking.Page(None, before, newest)]).holds
    assert not asking.equal_to_the_log(url, [asking.Page(None, before, newest[1:])]).holds


@pytest.mark.parametrize(
    "seen",
    [
        Seen(began=10, reached=14, count=4, in_order=True, reads=1),
        Seen(began=10, reached=15, count=4, in_order=True, reads=1),
        Seen(began=10, reached=15, count=5, in_order=False, reads=1),
    ],
    ids=["short of the end", "one missing", "out of order"],
)
def test_a_reader_that_did_not_see_each_once_is_found(seen: Seen) -> None:
    well = Seen(began=10, reached=15, count=5, in_order=True, reads=1)
    assert each_once(well, 10, 15).holds
    assert not each_once(seen, 10, 15).holds


@pytest.mark.parametrize("positions", [[11, 12], [11, 13], [11, 12, 12, 13], [12, 11, 13]])
def test_a_subscriber_that_did_not_see_each_once_is_found(positions: list[int]) -> None:
    assert seen_each_once(Watched([Told(p, 0.0) for p in (11, 12, 13)]), 10, 13).holds
    assert not seen_each_once(Watched([Told(p, 0.0) for p in positions]), 10, 13).holds


def test_a_pace_that_was_not_kept_is_found() -> None:
    due = arrivals(100, 1, run=3)
    in_time = [Told(number, at) for number, at in enumerate(due)]
    behind = [Told(number, 2 * at) for number, at in enumerate(due)]
    assert pace_kept(in_time, 100, 1, 3).holds
    assert not pace_kept(behind, 100, 1, 3).holds
    assert not pace_kept(in_time[1:], 100, 1, 3).holds


def test_an_answer_is_seen_when_its_position_or_a_later_one_is() -> None:
    watched = Watched([Told(4, 1.0), Told(9, 3.0)])
    assert watched.delays_ms([Told(5, 2.5), Told(4, 2.0)]) == [500.0, 0.0]


class Forgetful:
    """A peer that answers and, after the first move, stores nothing."""

    conflicts = 0

    def __init__(self, remembers: int) -> None:
        self._remembers = remembers
        self._moves = 0

    def reallocate(self, source: str, target: str, quantity: int, reason: str) -> int:
        self._moves += 1
        return self._moves

    def stored(self) -> int:
        return min(self._moves, self._remembers)


def test_a_peer_that_answers_without_storing_is_found() -> None:
    honest, forgetful = (
        Rival("peer", Forgetful(remembers), 1, events_each=1) for remembers in (10**9, 1)
    )
    for rival in (honest, forgetful):
        rival.run(0.01)
    assert honest.gate().holds
    assert not forgetful.gate().holds
