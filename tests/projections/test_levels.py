"""What a unit has in hand over time: where two beliefs of it part, and how it is read back."""

from collections.abc import Sequence
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.holdings.levels import Level

CHANGES = st.lists(st.tuples(st.integers(0, 12), st.sampled_from((-2, -1, 1, 2))), max_size=14)


def level(changes: Sequence[tuple[int, int]]) -> Level:
    made = Level("h100", "vision")
    for at, quantity in changes:
        made.change(at, quantity)
    return made


@given(shared=CHANGES, mine=CHANGES, theirs=CHANGES)
def test_two_beliefs_part_at_the_first_instant_with_another_quantity(
    shared: list[tuple[int, int]], mine: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    one, other = level(shared + mine), level(shared + theirs)
    parting = next((at for at in range(13) if one.at(at) != other.at(at)), None)
    assert one.differs_from(other) == other.differs_from(one) == parting


@given(changes=CHANGES)
def test_what_is_read_back_goes_on_as_it_was(changes: list[tuple[int, int]]) -> None:
    whole = level(changes)
    read = Level("h100", "vision")
    read.fill(
        b"".join(pack("!q", at) for at in whole.times),
        b"".join(pack("!q", quantity) for quantity in whole.changes),
    )
    assert read.differs_from(whole) is None
    for one in (read, whole):
        one.change(6, 3)
    assert [read.at(at) for at in range(13)] == [whole.at(at) for at in range(13)]


def test_a_level_is_filled_once() -> None:
    begun = level([(1, 2)])
    with pytest.raises(ValueError, match="vision has changes in h100 already"):
        begun.fill(pack("!q", 3), pack("!q", 1))
