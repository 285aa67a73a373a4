"""What is built anew is dealt to processes that take about as long, and remembers what lasts."""

import pytest

from projections.forecasts.project import ForecastsFold
from projections.rebuild import dealt
from projections.registry import MODELS
from tests.support.facts import Book, day, granted, leg, released


@pytest.mark.parametrize("count", [1, 2, 3, len(MODELS)])
def test_every_model_is_dealt_once_and_no_group_has_nothing_to_do(count: int) -> None:
    groups = dealt(MODELS, count)
    assert len(groups) == count
    assert sorted(one.name for some in groups for one in some) == [one.name for one in MODELS]
    efforts = [sum(one.effort for one in some) for some in groups]
    assert min(efforts) > 0
    most = max(one.effort for one in MODELS)
    assert max(efforts) - min(efforts) <= most


def test_grants_that_have_not_ended_stay_in_memory_when_others_are_let_go() -> None:
    book = Book()
    for name in ("zero", "one", "two", "three"):
        book.tell(granted(name, "vision", 8, ends=day(2)), on=day(1), recorded=day(1))
    for name in ("four", "five"):
        book.tell(granted(name, "vision", 8, ends=day(9)), on=day(3), recorded=day(3))
    # It begins long after the others end: what counts is when it was recorded.
    book.tell(granted("six", "vision", 8, ends=day(900)), on=day(500))
    fold = ForecastsFold(is_empty=True, kept=6)
    for event in book.events:
        fold.fold(event)
    fold.drain()
    last = book.head
    for name in ("five", "four", "three"):
        book.tell(released(leg(name, "vision", 1)), on=day(3))
    of_five, of_four, of_three = book.events[last:]
    assert not fold.lacks([of_five, of_four])
    assert fold.lacks([of_three])
