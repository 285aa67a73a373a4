"""However the log is cut into batches, and whoever restarts, the rows are the same to the byte."""

from functools import partial

import pytest
from msgspec import structs

from projections.history.model import HISTORY
from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from projections.registry import MODELS
from tests.projections.conftest import EVERY, Log
from tests.projections.histories import Author
from tests.projections.promising import Promiser


# In each of these everything happens.
@pytest.mark.parametrize("seed", [3, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 5))])
def test_batches_and_restarts_leave_the_same_rows(log: Log, seed: int) -> None:
    log.write(Promiser(seed).write(150))
    log.follow(1000, few=0)
    at_once = log.rows()
    # So short a log is within one block.
    assert [name for name in at_once if not at_once[name]] == ["proj_history.postings_before"]
    assert set(log.standing().values()) == {(log.head(), "following")}
    for batch in (1, 2, 7):
        log.forget()
        log.follow(batch)
        assert log.rows() == at_once
    for few in (2, 3):
        log.forget()
        log.follow(3, restarting=True, few=few)
        assert log.rows() == at_once


def test_tags_of_several_blocks_leave_the_same_rows_in_every_way(log: Log) -> None:
    log.write(Author(43).write(2200))
    ways: list[dict[str, list[str]]] = []
    for batch, few, restarting in (
        (5000, 0, False),
        (700, 0, True),
        (700, 900, False),
        (90, 900, True),
    ):
        log.follow(batch, restarting=restarting, models=(HISTORY,), few=few)
        ways.append(log.rows_of(HISTORY))
        log.forget()
    assert all(way == ways[0] for way in ways)
    assert all(ways[0].values())


def test_of_each_tag_the_last_block_stands_apart(log: Log) -> None:
    log.write(Author(43).write(2200))
    log.follow(700)
    blocks: dict[str, list[int]] = {}
    for block, tag in log.connection.execute("SELECT block, tag FROM proj_history.postings"):
        blocks.setdefault(tag, []).append(block)
    assert all(len(found) == len(set(found)) for found in blocks.values())
    last = log.connection.execute("SELECT tag, block FROM proj_history.postings_last")
    assert dict(last.fetchall()) == {tag: max(found) for tag, found in blocks.items()}
    assert {len(found) for found in blocks.values()} == {1, 2, 3}


def test_facts_that_come_one_by_one_leave_the_same_rows(log: Log) -> None:
    book = Promiser(99).write(60)
    whole = book.events
    book.events = []
    for event in whole:
        book.events.append(event)
        if event.leg[0] + 1 == event.leg[1]:
            log.write(book)
            log.follow(1000, restarting=event.position % 5 == 0)
    one_by_one = log.rows()
    log.forget()
    log.follow(1000)
    assert log.rows() == one_by_one


@pytest.mark.parametrize("kept", [2, 20])
def test_a_memory_of_few_grants_leaves_the_same_rows(log: Log, kept: int) -> None:
    log.write(Promiser(7).write(150))
    log.follow(1000)
    at_once = log.rows()
    log.forget()
    forgetful = structs.replace(HOLDINGS, begin=partial(HoldingsFold, kept=kept, every=EVERY))
    others = tuple(model for model in MODELS if model is not HOLDINGS)
    log.follow(5, models=(*others, forgetful))
    assert log.rows() == at_once
