"""However the log is cut into batches, and whoever restarts, the rows are the same to the byte."""

from functools import partial

import pytest
from msgspec import structs

from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from projections.registry import MODELS
from tests.projections.conftest import EVERY, Log
from tests.projections.promising import Promiser


@pytest.mark.parametrize("seed", [0, 3, 5])  # in which everything happens
def test_batches_and_restarts_leave_the_same_rows(log: Log, seed: int) -> None:
    log.write(Promiser(seed).write(150))
    log.follow(1000, few=0)
    at_once = log.rows()
    assert all(at_once.values())
    assert set(log.standing().values()) == {(log.head(), "following")}
    for batch in (1, 2, 7):
        log.forget()
        log.follow(batch)
        assert log.rows() == at_once
    for few in (2, 3):
        log.forget()
        log.follow(3, restarting=True, few=few)
        assert log.rows() == at_once


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
