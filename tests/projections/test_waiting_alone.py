"""What is told of one request is what is told of it in the whole queue, and in any part of it."""

from random import Random

import pytest

from api.reads.look import Clocks, Look
from api.reads.requests import told
from ledger.requests import OVER
from projections.requests.read import requests
from tests.projections.conftest import Log
from tests.projections.requesting import Asker
from tests.support.facts import day


@pytest.mark.parametrize("seed", range(70, 74))
def test_who_stands_behind_changes_nothing(log: Log, seed: int) -> None:
    book = Asker(seed).write(120)
    log.write(book)
    log.follow(9)
    random = Random(seed)
    dated = 0
    for at in (day(20), day(45), day(70)):
        look = Look(connection=log.connection, reflected=log.head(), head=log.head(), now=at)
        clocks = Clocks(valid_at=at, known_at=book.head, is_fixed=False)
        found = requests(log.connection, known_at=book.head)
        every = {one.request: one for one in told(look, clocks, found)}
        waiting = [one for one in found if one.status(at) not in OVER]
        for some in (
            *([one] for one in waiting),
            random.sample(waiting, len(waiting) // 2),
            [one for one in found if one.status(at) in OVER],
        ):
            for one in told(look, clocks, some):
                assert one == every[one.request]
                dated += one.eta is not None and one.ahead is not None and one.ahead.requests > 0
    assert dated > 3, "or there would be no queue"
