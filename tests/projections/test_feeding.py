"""What a batch changes is written whole, whichever way; a fold keeps what it needs, and no more."""

import gc
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import takewhile

import pytest

from ledger.events import Corrected, Event
from ledger.store.pipeline import SENT_BYTES_MAX
from projections.feeding import FEW
from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from projections.model import Model
from projections.rebuild import rebuild
from projections.registry import MODELS, speaking_of
from projections.statements import Connection
from tests.projections.conftest import Log, follower
from tests.projections.histories import Author
from tests.support.facts import Book, granted, leg, released

NAMES = [model.name for model in MODELS]
WAYS = pytest.mark.parametrize("few", [0, FEW], ids=["by COPY", "at once"])


@WAYS
@pytest.mark.parametrize("at_once", [1, SENT_BYTES_MAX], ids=["bit by bit", "in one message"])
def test_rows_that_the_tables_refuse_stop_their_model_alone(
    log: Log, monkeypatch: pytest.MonkeyPatch, few: int, at_once: int
) -> None:
    monkeypatch.setattr("ledger.store.pipeline.SENT_BYTES_MAX", at_once)
    log.follow()
    log.connection.execute("ALTER TABLE proj_holdings.holdings ADD CHECK (quantity < 5)")
    book = Book()
    book.tell(granted("g", "lab", 4))
    book.tell(granted("h", "lab", 6))
    log.write(book)
    log.follow(few=few)
    assert log.standing().pop("holdings") == (0, "stopped")
    others = {name: at for name, at in log.standing().items() if name != "holdings"}
    assert set(others.values()) == {(2, "following")}


@WAYS
def test_a_model_that_another_process_has_moved_is_taken_up_where_it_stands(
    log: Log, few: int
) -> None:
    book = Author(35).write(30)
    log.write(book)
    with follower(log, few=few) as one:
        one.acquire()
        assert one.step() == book.head
        log.connection.execute("UPDATE projections.state SET built = 7 WHERE model = 'capacity'")
        book.tell(granted("new", "vision", 1))
        log.write(book)
        assert one.step() == 1
        assert set(log.standing().values()) == {(book.head - 1, "following")}, "all or none"
        assert not one.is_level
        assert one.step() == 1
    assert set(log.standing().values()) == {(book.head, "following")}
    rows = log.rows()
    log.forget()
    log.follow(models=MODELS)
    assert log.rows() == rows


@pytest.mark.parametrize("is_in_memory", [False, True])
def test_what_fails_because_the_model_was_built_further_meanwhile_is_no_failure(
    log: Log, is_in_memory: bool
) -> None:
    book = Book()
    book.tell(granted("g", "lab", 8))
    book.tell(granted("h", "lab", 8))
    log.write(book)
    log.follow()
    with follower(log) as one:
        one.acquire()
        if is_in_memory:  # then this one can be applied, and fails only when it is read back too
            book.tell(released(leg("g", "lab", 1)))
            log.write(book)
            assert one.step() == 1
        book.tell(released(leg("g", "lab", 7)))
        book.tell(released(leg("h", "lab", 8)))
        log.write(book)
        rebuild(log.url, models=(HOLDINGS,), processes=1)
        # What is read back has the releases in it already, and nothing is released twice.
        assert log.standing()["holdings"] == (book.head, "following")
        while one.step():
            assert log.standing()["holdings"] == (book.head, "following")
    assert set(log.standing().values()) == {(book.head, "following")}
    rows = log.rows()
    log.forget()
    log.follow(models=MODELS)
    assert log.rows() == rows


def test_tables_that_are_replaced_while_they_are_read_back_are_read_again(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book()
    book.tell(granted("g", "lab", 8))
    log.write(book)
    log.follow()
    replaced: list[bool] = []

    def recall(fold: HoldingsFold, connection: Connection, events: Sequence[Event]) -> None:
        if not replaced:
            replaced.append(True)
            rebuild(log.url, models=(HOLDINGS,), processes=1)
            connection.execute("SELECT FROM proj_holdings_old.holdings")
        again(fold, connection, events)

    again = HoldingsFold.recall
    with follower(log) as one:
        one.acquire()
        book.tell(released(leg("g", "lab", 8)))
        log.write(book)
        monkeypatch.setattr(HoldingsFold, "recall", recall)
        while one.step():
            pass
    assert replaced
    assert set(log.standing().values()) == {(book.head, "following")}


def test_what_was_read_back_is_not_read_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    book.tell(granted("g", "lab", 8))
    book.tell(granted("h", "lab", 8))
    log.write(book)
    log.follow()
    read: list[str] = []

    @contextmanager
    def noting(connection: Connection, schema: str) -> Generator[None]:
        read.append(schema)
        with speaking_of(connection, schema):
            yield

    monkeypatch.setattr("projections.follow.speaking_of", noting)
    with follower(log) as one:
        one.acquire()
        for grant, is_new in (("g", True), ("g", False), ("h", True), ("h", False)):
            book.tell(released(leg(grant, "lab", 1)))
            log.write(book)
            read.clear()
            assert one.step() == 1
            assert bool(read) == is_new, f"{grant} {read}"
    assert log.standing() == dict.fromkeys(NAMES, (6, "following"))


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_fold_that_is_let_go_leaves_memory_at_once(model: Model) -> None:
    whole = Author(32).write(60).events
    # A correction would need the log.
    events = takewhile(lambda event: not isinstance(event, Corrected), whole)
    gc.collect()
    gc.disable()
    try:
        fold = model.begin(True)
        for event in events:
            fold.fold(event)
        fold.drain()
        del fold
        assert gc.collect() == 0
    finally:
        gc.enable()
