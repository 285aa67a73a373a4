"""Who is short when less is there than is held: borrowed first, then everybody in proportion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reads.deliverable import Claim, deliverable, in_proportion
from ledger.periods import EPOCH, Instant
from ledger.vocabulary import GrantClass


def claim(
    grant: str,
    unit: str,
    quantity: int,
    kind: GrantClass = "guaranteed",
    start: Instant = EPOCH,
    *,
    made: int = 1,
) -> Claim:
    return Claim(
        grant=grant, unit=unit, quantity=quantity, grant_class=kind, start=start, made=made
    )


LATER = Instant("2026-01-01T00:00:00.000000Z")


def test_nobody_is_short_while_everything_held_is_there() -> None:
    claims = (claim("a", "vision", 8), claim("b", "robots", 8, "borrowed"))
    assert deliverable(claims, 16) == {"a": 8, "b": 8}
    assert deliverable(claims, 99) == {"a": 8, "b": 8}


def test_borrowed_grants_are_short_first_and_the_newest_before_the_others() -> None:
    claims = (
        claim("old", "vision", 8, "borrowed"),
        claim("new", "vision", 8, "borrowed", LATER),
        claim("sure", "robots", 8),
    )
    assert deliverable(claims, 20) == {"old": 8, "new": 4, "sure": 8}
    assert deliverable(claims, 12) == {"old": 4, "new": 0, "sure": 8}


def test_of_two_that_start_together_the_one_made_last_is_the_newest() -> None:
    claims = (
        claim("z", "vision", 8, "borrowed", made=3),
        claim("a", "vision", 8, "borrowed", made=4),
    )
    assert deliverable(claims, 10) == {"z": 8, "a": 2}


def test_then_units_are_short_in_proportion_to_what_they_hold_guaranteed() -> None:
    claims = (claim("a", "vision", 30), claim("b", "robots", 10))
    assert deliverable(claims, 20) == {"a": 15, "b": 5}


def test_the_largest_remainder_is_short_by_one_more_and_ties_go_by_unit_id() -> None:
    assert in_proportion(10, {"a": 6, "b": 3, "c": 3}) == {"a": 5, "c": 2, "b": 3}
    assert in_proportion(2, {"c": 1, "b": 1, "a": 1}) == {"a": 1, "b": 1, "c": 0}


def test_inside_a_unit_its_newest_guaranteed_grant_is_short_first() -> None:
    claims = (claim("old", "vision", 8), claim("new", "vision", 8, start=LATER))
    assert deliverable(claims, 10) == {"old": 8, "new": 2}


def test_when_nothing_is_there_nothing_is_delivered() -> None:
    claims = (claim("a", "vision", 8), claim("b", "robots", 8, "borrowed"))
    assert deliverable(claims, 0) == {"a": 0, "b": 0}
    assert deliverable((), 0) == {}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["vision", "robots", "speech"]),
            st.integers(1, 50),
            st.sampled_from(["guaranteed", "borrowed"]),
            st.integers(1, 3),
        ),
        max_size=8,
    ),
    st.integers(0, 300),
)
def test_exactly_what_is_missing_is_spread_and_never_more_than_is_held(
    rows: list[tuple[str, int, GrantClass, int]], present: int
) -> None:
    claims = [claim(f"g{i}", unit, n, kind, made=made) for i, (unit, n, kind, made) in
              enumerate(rows)]  # fmt: skip
    left = deliverable(claims, present)
    held = sum(one.quantity for one in claims)
    assert sum(left.values()) == min(held, present)
    assert all(0 <= left[one.grant] <= one.quantity for one in claims)
    sure = [one for one in claims if one.grant_class == "guaranteed"]
    if any(left[one.grant] < one.quantity for one in sure):
        assert all(left[one.grant] == 0 for one in claims if one.grant_class == "borrowed")


@pytest.mark.parametrize("quantity", range(8))
def test_a_split_adds_up(quantity: int) -> None:
    weights = {"a": 3, "b": 2, "c": 2}
    parts = in_proportion(quantity, weights)
    assert sum(parts.values()) == quantity
    assert all(parts[name] <= weights[name] for name in weights)
