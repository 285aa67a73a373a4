"""Readiness is red, and says why, while commands could not be taken or reads would not be true."""

from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest

from ledger.store.embedded.server import Server
from ledger.store.migrations import migrate
from ledger.store.roles import FOLLOWER, as_role
from projections.registry import ensure
from tests.api.asking import command, furnish, problem
from tests.api.conftest import begin, followed, opened
from tests.api.gauging import checks, metric, red, unfed, until, until_green
from tests.support.postgres import drop_others, fresh, only_reads

NOTE = {"about": {"unit": "lab"}, "text": "words"}


def test_everything_is_green_while_all_is_well(founded_database: str) -> None:
    with followed(founded_database), opened(founded_database, follower_s_max=0) as doors:
        furnish(doors)
        until(lambda: metric(doors, "allot_projection_lag_events", projection="holdings") == 0)
        until_green(doors)
        assert metric(doors, "allot_projection_lag_seconds", projection="holdings") == 0
        assert metric(doors, "allot_clock_difference_seconds") < 5
        assert metric(doors, "allot_ready", check="writing") == 1


def test_a_follower_that_is_gone_is_seen_though_nothing_lags(founded_database: str) -> None:
    with opened(founded_database, follower_s_max=0) as doors:
        with followed(founded_database):
            until_green(doors)
        until(lambda: "follower" in red(doors))
        assert red(doors)["follower"].startswith("nobody has fed budgets, capacity, forecasts")
        assert metric(doors, "allot_ready", check="follower") == 0
        with followed(founded_database):
            until_green(doors)


def test_a_follower_may_be_away_for_a_moment(founded_database: str) -> None:
    with opened(founded_database, follower_s_max=3600) as doors:
        assert checks(doors)["follower"].ok


def test_a_projection_that_lacks_too_many_events_is_red(founded_database: str) -> None:
    with unfed(founded_database, lag_events_max=8) as doors:
        assert checks(doors)["projection holdings"].ok
        furnish(doors)
        words = red(doors)["projection holdings"]
        assert words.startswith("following, 11 events")
        assert metric(doors, "allot_projection_lag_events", projection="holdings") == 11
        with followed(founded_database):
            until_green(doors)


def test_a_projection_that_lacks_something_old_is_red(founded_database: str) -> None:
    with opened(founded_database, lag_s_max=0.1) as doors:
        with followed(founded_database):
            until_green(doors)
        furnish(doors)
        until(lambda: "projection history" in red(doors))
        assert metric(doors, "allot_projection_lag_seconds", projection="history") > 0.1
        with followed(founded_database):
            until_green(doors)


def test_a_projection_that_stopped_says_why(founded_database: str) -> None:
    with opened(founded_database) as doors, psycopg.connect(founded_database) as owner:
        owner.execute(
            "UPDATE projections.state SET state = 'stopped', reason = 'position 3: a bad day'"
            " WHERE model = 'holdings'"
        )
        owner.commit()
        assert red(doors)["projection holdings"].startswith("stopped: position 3: a bad day, ")
        with followed(founded_database):
            until_green(doors)


def test_without_any_projection_it_is_red(postgres_server: Server) -> None:
    with fresh(postgres_server) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            migrate(connection)
        begin(address)
        with unfed(address) as doors:
            until(lambda: red(doors).keys() == {"projections"})
            assert "no follower has run" in red(doors)["projections"]
            assert problem(doors.get("/v1/holdings")).code == "NotReflectedYet"
            with psycopg.connect(as_role(address, FOLLOWER), autocommit=True) as connection:
                ensure(connection)
            until_green(doors)


def test_a_database_that_takes_only_reads_is_seen_before_and_after_a_command(
    founded_database: str,
) -> None:
    with unfed(founded_database) as doors:
        assert command(doors, "/v1/notes", NOTE).status_code == 201
        with psycopg.connect(founded_database, autocommit=True) as owner, only_reads(owner):
            until(lambda: "writing" in red(doors))
            assert red(doors)["writing"] == "the database takes only reads"
            refused = command(doors, "/v1/notes", NOTE, key="later")
            assert problem(refused).status == 503
            assert refused.headers["Retry-After"] == "1"
            assert "writing" in red(doors)
        until_green(doors)
        assert command(doors, "/v1/notes", NOTE, key="later").status_code == 201


def test_what_could_not_be_stored_keeps_it_red_until_a_trial_works(founded_database: str) -> None:
    with opened(founded_database) as doors, psycopg.connect(founded_database) as owner:
        # The database takes writes, but not these: as when a disk is full.
        for statement in (
            "REVOKE INSERT ON ledger.events, ledger.snapshots FROM allot_writer, allot_follower",
            "GRANT INSERT ON ledger.events, ledger.snapshots TO allot_writer, allot_follower",
        ):
            owner.execute(statement.encode())
            owner.commit()
            if statement.startswith("REVOKE"):
                assert command(doors, "/v1/notes", NOTE, key="later").status_code == 503
                words = red(doors)["writing"]
                assert words == "what is decided cannot be stored: InsufficientPrivilege"
        assert "writing" not in red(doors)
        assert command(doors, "/v1/notes", NOTE, key="later").status_code == 201


@pytest.mark.parametrize(("taken", "given", "words"), [
    ("REVOKE INSERT ON ledger.receipts FROM allot_writer",
     "GRANT INSERT ON ledger.receipts TO allot_writer", "InsufficientPrivilege"),
    ("ALTER TABLE ledger.receipts RENAME TO gone",
     "ALTER TABLE ledger.gone RENAME TO receipts", "UndefinedTable"),
])  # fmt: skip
def test_answers_that_cannot_be_kept_are_as_red_as_events(
    founded_database: str, taken: LiteralString, given: LiteralString, words: str
) -> None:
    with opened(founded_database) as doors, psycopg.connect(founded_database) as owner:
        owner.execute(taken)
        owner.commit()
        assert command(doors, "/v1/notes", NOTE, key="later").status_code == 503
        assert red(doors)["writing"] == f"what is decided cannot be stored: {words}"
        owner.execute(given)
        owner.commit()
        assert "writing" not in red(doors)
        assert command(doors, "/v1/notes", NOTE, key="later").status_code == 201


class Drifting:
    """A clock that is off by as much as it is told."""

    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off


@pytest.mark.parametrize("off", [-30, 30])
def test_clocks_that_disagree_are_told_of_and_no_command_is_taken(
    founded_database: str, monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    monkeypatch.setattr("ledger.clocks.COMPARE_S", 0.2)
    monkeypatch.setattr("ledger.clocks.DOUBT_S", 0.1)
    clock = Drifting()
    with unfed(founded_database, clock=clock) as doors:
        assert command(doors, "/v1/notes", NOTE).status_code == 201
        head = doors.get("/v1/position").json()["head"]
        clock.off = timedelta(seconds=off)
        until(lambda: {"clock", "committer"} <= red(doors).keys())
        assert "at most 5 s are allowed" in red(doors)["clock"]
        assert 25 < metric(doors, "allot_clock_difference_seconds") < 35
        assert problem(command(doors, "/v1/notes", NOTE)).code == "ClockUnsure"
        assert doors.get("/v1/position").json()["head"] == head
        clock.off = timedelta()
        until_green(doors)
        assert command(doors, "/v1/notes", NOTE).status_code == 201


def test_a_database_that_is_away_is_red_and_comes_back(
    founded_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.log.WAIT_S", 1.0)
    away = unfed(founded_database, read_wait_s=1)
    with away as doors, psycopg.connect(founded_database) as owner:
        assert command(doors, "/v1/notes", NOTE).status_code == 201
        owner.execute(
            "UPDATE pg_database SET datallowconn = false WHERE datname = %s", (owner.info.dbname,)
        )
        owner.commit()
        drop_others(owner)
        seen = red(doors)
        assert {"database", "writing"} <= seen.keys()
        assert "cannot be reached" in seen["database"]
        assert seen["writing"] == "the database is away"
        owner.execute(
            "UPDATE pg_database SET datallowconn = true WHERE datname = %s", (owner.info.dbname,)
        )
        owner.commit()
        until_green(doors)
        assert command(doors, "/v1/notes", NOTE).status_code == 201
