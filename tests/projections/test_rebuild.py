"""A rebuild makes the same rows beside the ones that serve, says what differs, and switches."""

import threading
from functools import partial

import psycopg
import pytest
from msgspec import structs
from psycopg import sql

from ledger.store.roles import FOLLOWER, READER, as_role
from projections.building import Building
from projections.filling import begin
from projections.follow import Follower, follow
from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from projections.rebuild import RebuildFailed, rebuild
from projections.registry import MODELS, positions
from tests.projections.conftest import EVERY, MODELS_FED, OFTEN_SUMMED, Log
from tests.projections.histories import Author
from tests.support.facts import Book, granted


def test_a_rebuild_leaves_the_rows_the_follower_left(log: Log) -> None:
    log.write(Author(1).write(80))
    log.follow(7)
    followed = log.rows()
    said: list[tuple[str, int, int]] = []

    built = rebuild(log.url, models=MODELS_FED, processes=1, progress=lambda *one: said.append(one))

    assert [(one.model, one.compared_at, one.differences) for one in built] == [
        (model.name, log.head(), ()) for model in MODELS
    ]
    assert all(one.switched and one.position == log.head() for one in built)
    assert log.rows() == followed
    assert {model for model, position, up_to in said if position == up_to} == {
        model.name for model in MODELS
    }


def test_processes_share_a_rebuild(log: Log) -> None:
    log.write(Author(2).write(40))
    log.follow()
    followed = log.rows()
    said: set[str] = set()

    built = rebuild(
        log.url, models=MODELS_FED, processes=2, progress=lambda model, _, __: said.add(model)
    )

    assert [one.model for one in built] == [model.name for model in MODELS] == sorted(said)
    assert not any(one.differences for one in built)
    assert log.rows() == followed


def test_rows_kept_back_and_grants_let_go_leave_the_same_rows(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write(Author(2).write(150))
    log.follow()
    followed = log.rows()
    monkeypatch.setattr("projections.filling.BATCH", 7)
    monkeypatch.setattr("projections.holdings.rows.KEPT", 6)
    for kept in (3, 1000):
        forgetful = structs.replace(HOLDINGS, begin=partial(HoldingsFold, kept=kept, every=EVERY))
        others = tuple(model for model in MODELS if model is not HOLDINGS)
        built = rebuild(log.url, models=(*others, forgetful), processes=1)
        assert [one.compared_at for one in built] == [log.head()] * len(MODELS)
        assert not any(one.differences for one in built)
        assert log.rows() == followed


def test_differences_are_shown_and_mended(log: Log) -> None:
    log.write(Author(3).write(40))
    log.follow()
    followed = log.rows()
    changed = log.connection.execute(
        "UPDATE proj_holdings.holdings SET quantity = quantity + 1"
        " WHERE id = (SELECT min(id) FROM proj_holdings.holdings) RETURNING id"
    ).fetchall()
    log.connection.execute("DELETE FROM proj_organisation.rules")

    built = {one.model: one for one in rebuild(log.url, models=MODELS_FED, processes=1)}

    holdings, organisation = built["holdings"].differences, built["organisation"].differences
    assert [one.table for one in holdings] == ["holdings"]
    assert len(holdings[0].only_before) == len(holdings[0].only_after) == 1
    assert holdings[0].only_before[0].startswith(f"({changed[0][0]},")
    assert [(one.table, one.rows_before, one.rows_after) for one in organisation] == [
        ("rules", 0, 1)
    ]
    assert log.rows() == followed


def test_a_look_at_the_differences_switches_nothing(log: Log) -> None:
    log.write(Author(3).write(40))
    log.follow()
    log.connection.execute("DELETE FROM proj_organisation.rules")
    built = rebuild(log.url, models=MODELS_FED, processes=1, is_switching=False)
    assert [one.model for one in built if one.differences] == ["organisation"]
    assert not any(one.switched for one in built)
    assert log.rows()["proj_organisation.rules"] == []
    left = log.connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'proj%\\_next' OR nspname LIKE '%old'"
    )
    assert left.fetchall() == []


@pytest.mark.usefixtures("nothing_made")
def test_tables_of_another_version_are_replaced_and_not_compared(log: Log) -> None:
    log.write(Author(4).write(40))
    older = tuple(structs.replace(model, version=0) for model in MODELS)
    with psycopg.connect(log.url, autocommit=True) as connection:
        follower = Follower(connection, older)
        follower.acquire()
        follower.step()
    log.follow()
    assert {state for _, state in log.standing().values()} == {"stopped"}

    built = rebuild(log.url, models=MODELS_FED, processes=1)

    assert {one.why for one in built} == {"what served was of another version"}
    assert {(one.version_before, one.version) for one in built} == {
        (0, model.version) for model in MODELS
    }
    log.follow()
    assert log.standing() == {model.name: (log.head(), "following") for model in MODELS}


def test_a_running_follower_goes_on_with_the_new_tables(log: Log) -> None:
    book = Author(5).write(40)
    log.write(book)
    ending = threading.Event()
    following = threading.Thread(
        target=follow, args=(log.url, ending), kwargs={"models": MODELS_FED}, daemon=True
    )
    following.start()
    try:
        for round_number in range(3):
            for one in range(20):
                book.tell(granted(f"r{round_number}-{one}", "vision", 1))
                log.write(book)
            assert not any(
                one.differences for one in rebuild(log.url, models=MODELS_FED, processes=1)
            )
        book.tell(granted("last", "vision", 1))
        log.write(book)
        while any(one.position < book.head for one in positions(log.connection)):
            assert following.is_alive()
    finally:
        ending.set()
        following.join()
    followed = log.rows()
    log.forget()
    log.follow()
    assert log.rows() == followed
    last = log.connection.execute("SELECT max(last) FROM proj_history.decisions").fetchall()
    assert last == [(book.head,)]


def test_what_serves_never_goes_back_in_the_log(log: Log) -> None:
    book = Author(7).write(20)
    log.write(book)
    log.follow()
    with psycopg.connect(log.url, autocommit=True) as connection:
        building = Building(connection, OFTEN_SUMMED)
        begin(connection, log.connection, [building], book.head)
        book.tell(granted("meanwhile", "vision", 1))
        log.write(book)
        log.follow()
        building.index()
        assert building.switch(log.connection) == book.head
    assert log.standing() == {model.name: (book.head, "following") for model in MODELS}
    switched = log.rows()
    log.forget()
    log.follow()
    assert log.rows() == switched


def test_a_read_that_began_before_the_switch_sees_all_it_began_with(log: Log) -> None:
    log.write(Author(8).write(40))
    log.follow()
    count = "SELECT count(*) FROM proj_holdings.holdings"
    (rows,) = log.connection.execute(count).fetchall()
    switched = threading.Event()

    def switch() -> None:
        rebuild(log.url, models=(OFTEN_SUMMED,), processes=1)
        switched.set()

    with psycopg.connect(log.url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        began = positions(reader)
        building = threading.Thread(target=switch, daemon=True)
        building.start()
        waiting = "SELECT 1 FROM pg_namespace WHERE nspname = 'proj_holdings_next'"
        while not log.connection.execute(waiting).fetchall():
            assert building.is_alive()
        assert not switched.wait(0.5), "the switch waits for the reader"
        assert reader.execute(count).fetchall() == [rows]
        assert positions(reader) == began
    building.join(60)
    assert switched.is_set()
    assert log.connection.execute(count).fetchall() == [rows]


@pytest.mark.parametrize("first", [table.name for table in HOLDINGS.tables])
def test_who_reads_tables_that_are_dropped_is_let_through(log: Log, first: str) -> None:
    failed: list[Exception] = []
    with (
        psycopg.connect(log.url, autocommit=True) as connection,
        psycopg.connect(log.url) as reader,
    ):
        building = Building(connection, HOLDINGS)
        building.make()

        def look(table: str) -> None:
            name = sql.Identifier(HOLDINGS.next_schema, table)
            reader.execute(sql.SQL("SELECT FROM {}").format(name))

        def drop() -> None:
            try:
                building.drop()
            except psycopg.Error as why:
                failed.append(why)

        look(first)
        dropping = threading.Thread(target=drop, daemon=True)
        dropping.start()
        waits = "SELECT FROM pg_locks WHERE pid = %s AND NOT granted"
        while not log.connection.execute(waits, [connection.info.backend_pid]).fetchall():
            assert dropping.is_alive()
        for table in HOLDINGS.tables:
            look(table.name)
        reader.commit()
        dropping.join(60)
    assert failed == []
    left = "SELECT FROM pg_namespace WHERE nspname = %s"
    assert log.connection.execute(left, [HOLDINGS.next_schema]).fetchall() == []


def test_a_read_that_never_ends_leaves_what_serves(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write(Author(8).write(10))
    log.follow()
    monkeypatch.setattr("projections.building.TRIES", 2)
    monkeypatch.setattr("projections.building.WAIT_S", 0.01)
    with psycopg.connect(log.url) as reader:
        positions(reader)
        with pytest.raises(RebuildFailed, match="a read that began long ago still looks at"):
            rebuild(log.url, models=(OFTEN_SUMMED,), processes=1)
    assert log.standing()["holdings"] == (log.head(), "following")
    assert rebuild(log.url, models=(OFTEN_SUMMED,), processes=1)[0].switched


def test_an_interrupted_rebuild_leaves_what_serves(log: Log) -> None:
    log.write(Author(6).write(40))
    log.follow()
    followed = log.rows()

    class Interrupted(Exception):
        pass

    def interrupt(model: str, position: int, up_to: int) -> None:
        raise Interrupted

    with pytest.raises(RebuildFailed, match="Interrupted"):
        rebuild(log.url, models=MODELS_FED, processes=1, progress=interrupt)
    assert log.rows() == followed
    assert not any(one.differences for one in rebuild(log.url, models=MODELS_FED, processes=1))


def test_two_rebuilds_of_one_model_do_not_meet(log: Log) -> None:
    log.write(Book())
    lock = "SELECT pg_advisory_lock(hashtextextended('allot rebuild holdings', 0))"
    log.connection.execute(lock)
    with pytest.raises(RebuildFailed, match="holdings is being built anew by another process"):
        rebuild(log.url, models=(OFTEN_SUMMED,), processes=1)


@pytest.mark.usefixtures("nothing_made")
def test_the_followers_role_may_rebuild_and_a_reader_may_read(log: Log) -> None:
    log.write(Author(9).write(20))
    as_follower = as_role(log.url, FOLLOWER)
    built = rebuild(as_follower, models=MODELS_FED, processes=1)
    assert all(one.switched and one.position == log.head() for one in built)
    assert all(one.switched for one in rebuild(as_follower, models=MODELS_FED, processes=1))
    with psycopg.connect(as_role(log.url, READER), autocommit=True) as reader:
        assert {one.position for one in positions(reader)} == {log.head()}
        for model in MODELS:
            for table in model.tables:
                name = sql.Identifier(model.schema, table.name)
                reader.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("DELETE FROM proj_holdings.holdings")
