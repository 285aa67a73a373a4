"""A step function says how much there is at every instant, and is kept alike however it came."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import BEGINNING, FOREVER, Instant, from_micros
from ledger.steps import Steps, net

HORIZON = 40
instants = st.integers(0, HORIZON).map(from_micros)
ends = st.one_of(instants, st.just(FOREVER))
changes = st.lists(st.tuples(instants, ends, st.integers(-5, 5)), max_size=40)


def naive(deltas: list[tuple[Instant, Instant, int]], at: Instant) -> int:
    return sum(quantity for start, end, quantity in deltas if start <= at < end)


def grid() -> list[Instant]:
    return [BEGINNING, *(from_micros(n) for n in range(HORIZON + 2))]


@given(changes, st.integers(1, 4))
def test_every_instant_has_the_sum_of_what_was_added(
    deltas: list[tuple[Instant, Instant, int]], block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.steps.BLOCK", block)
        steps = Steps()
        for delta in deltas:
            steps.add(*delta)
        assert [steps.at(at) for at in grid()] == [naive(deltas, at) for at in grid()]
        built = Steps.of(
            change for s, e, q in deltas if s < e for change in ((s, q), (e, -q))
        )  # fmt: skip
        assert built == steps


@given(changes, instants, ends, st.integers(-8, 8), st.integers(1, 4))
def test_the_least_in_a_window_and_the_first_shortage_are_found(
    deltas: list[tuple[Instant, Instant, int]],
    start: Instant,
    end: Instant,
    limit: int,
    block: int,
) -> None:
    if start >= end:
        start, end = end, start
    if start == end:
        end = FOREVER
    if start == FOREVER:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.steps.BLOCK", block)
        steps = Steps()
        for delta in deltas:
            steps.add(*delta)
        inside = [at for at in grid() if start <= at < end]
        assert steps.lowest(start, end) == min(naive(deltas, at) for at in inside)
        first = next((at for at in inside if naive(deltas, at) < limit), None)
        assert steps.first_below(start, end, limit) == first
        short = [at for at in inside if naive(deltas, at) < limit]
        after = next((at for at in inside if short and at > short[-1]), end) if short else None
        assert steps.last_below(start, end, limit) == after


@given(changes, changes)
def test_taking_back_what_was_added_leaves_no_trace(
    kept: list[tuple[Instant, Instant, int]], tried: list[tuple[Instant, Instant, int]]
) -> None:
    steps = Steps()
    for delta in kept:
        steps.add(*delta)
    before = list(steps.runs(BEGINNING, FOREVER))
    for delta in tried:
        steps.add(*delta)
    for start, end, quantity in reversed(tried):
        steps.add(start, end, -quantity)
    assert list(steps.runs(BEGINNING, FOREVER)) == before


@given(changes)
def test_net_is_the_same_function_without_what_cancels(
    deltas: list[tuple[Instant, Instant, int]],
) -> None:
    found = net(deltas)
    assert all(quantity for _, _, quantity in found)
    assert all(left[1] <= right[0] for left, right in pairwise(found))
    assert [naive(found, at) for at in grid()] == [naive(deltas, at) for at in grid()]


def test_a_move_of_equal_parts_is_nothing_at_all() -> None:
    assert net([(from_micros(3), FOREVER, 64), (from_micros(3), FOREVER, -64)]) == []
