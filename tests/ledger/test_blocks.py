"""What a step function had long ago lies packed, and says the same as ever."""

import random

import pytest

from ledger.periods import BEGINNING, FOREVER, Instant
from ledger.steps import Delta, Steps
from tests.support.in_memory import day

DAYS = 1500


def deltas(seed: int, count: int) -> list[Delta]:
    """Changes over short times and without end: those add to whole blocks at once."""
    rng = random.Random(seed)
    found: list[Delta] = []
    for _ in range(count):
        start = rng.randrange(DAYS)
        end = FOREVER if rng.random() < 0.3 else day(start + rng.randrange(1, 60))
        found.append((day(start), end, rng.randrange(-9, 10)))
    return found


def after(changes: list[Delta]) -> Steps:
    steps = Steps()
    for change in changes:
        steps.add(*change)
    return steps


def said(steps: Steps) -> list[Delta]:
    return list(steps.runs(BEGINNING, FOREVER))


@pytest.fixture(params=range(4))
def changes(request: pytest.FixtureRequest) -> list[Delta]:
    return deltas(request.param, 1500)


@pytest.mark.parametrize("before", [BEGINNING, day(700), FOREVER])
def test_what_is_packed_says_and_takes_in_the_same(changes: list[Delta], before: Instant) -> None:
    plain, packed = after(changes), after(changes)
    list(packed.packing(before))
    for start, end, quantity in deltas(99, 60):
        if start < end:
            assert packed.lowest(start, end) == plain.lowest(start, end)
            assert packed.first_below(start, end, 0) == plain.first_below(start, end, 0)
        packed.add(start, end, quantity)
        plain.add(start, end, quantity)
        list(packed.packing(before))
    assert said(packed) == said(plain)


def test_a_function_comes_back_from_its_packed_parts(changes: list[Delta]) -> None:
    plain, packed = after(changes), after(changes)
    list(packed.packing(day(900)))
    packed.add(day(3), FOREVER, 5)
    plain.add(day(3), FOREVER, 5)
    again = Steps.unpacked(packed.packed())
    assert again.packed() == packed.packed()
    assert said(again) == said(plain)


def test_many_changes_at_once_are_those_changes_one_by_one(changes: list[Delta]) -> None:
    for known in (0, 700, 1499):
        steps, sums = after(changes[:known]), dict[Instant, int]()
        for start, end, quantity in changes[known:]:
            sums[start] = sums.get(start, 0) + quantity
            sums[end] = sums.get(end, 0) - quantity
        list(steps.packing(FOREVER))
        steps.take_in(sums)
        assert said(steps) == said(after(changes))
        assert steps == after(changes)


def test_nothing_taken_in_changes_nothing(changes: list[Delta]) -> None:
    steps = after(changes)
    steps.take_in({day(5): 0, FOREVER: 7})
    assert said(steps) == said(after(changes))


def test_a_packed_block_has_no_other_parts() -> None:
    steps = after(deltas(1, 900))
    list(steps.packing(FOREVER))
    (_, parts), *_ = steps.packed()
    assert parts[0] > 1
    with pytest.raises(AttributeError, match="colour"):
        getattr(steps._blocks[0], "colour")  # noqa: B009 - it must not be known
