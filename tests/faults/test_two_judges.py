"""The judge by positions and the search for an order agree on small histories, sound and broken."""

from collections.abc import Sequence

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.faults.small import Defect, Doing, defects, doings, is_explained, lived, objections

CAPACITY = 6


def grants(person: int, quantity: int, unit: int = 0) -> Doing:
    """A person takes so many."""
    return Doing(person=person, do="grant", unit=unit, quantity=quantity)


def looks(person: int) -> Doing:
    """A person looks."""
    return Doing(person=person, do="look")


@given(st.lists(doings, max_size=9))
def test_whatever_overlaps_both_find_nothing_in_a_sound_history(acts: list[Doing]) -> None:
    history = lived(CAPACITY, acts)
    assert objections(history) == []
    assert is_explained(history)


@given(st.lists(doings, min_size=1, max_size=9), defects)
def test_what_the_judge_by_positions_lets_pass_has_an_explanation(
    acts: list[Doing], defect: Defect
) -> None:
    history = lived(CAPACITY, acts, defect)
    passes = not objections(history)
    explained = is_explained(history)
    event(f"{defect.kind}: passes {passes}, explained {explained}")
    assert explained or not passes


SEEDED: dict[str, tuple[Sequence[Doing], Defect]] = {
    "two get the last units": (
        [grants(0, 4), grants(1, 4, unit=1)],
        Defect(kind="judged too early", place=1),
    ),
    "one is refused what was given back": (
        [
            grants(0, 6),
            Doing(person=0, do="release", quantity=6),
            grants(1, 6),
        ],
        Defect(kind="judged too early", place=2),
    ),
    "a look misses what had been answered": (
        [grants(0, 4), looks(0)],
        Defect(kind="shown too early", place=1),
    ),
    "a look unsees what another saw": (
        [Doing(person=0, do="grant", quantity=4, after=40), looks(1), looks(2)],
        Defect(kind="shown too early", place=2),
    ),
    "a no comes before what it speaks of was asked for": (
        [grants(0, 4), Doing(person=1, do="grant", quantity=4)],
        Defect(kind="moved", place=0, by=3),
    ),
    "a look shows what is asked for later": (
        [grants(0, 4), looks(1)],
        Defect(kind="moved", place=0, by=2),
    ),
    "a look shows another holder": (
        [grants(0, 4), looks(1)],
        Defect(kind="made up", place=1),
    ),
    "a yes is lost": (
        [grants(0, 4), looks(0)],
        Defect(kind="lost", place=0),
    ),
    "a yes for what is not there": (
        [grants(0, 4), grants(1, 4)],
        Defect(kind="turned", place=1),
    ),
    "a no for what was done": (
        [grants(0, 4), looks(1)],
        Defect(kind="turned", place=0),
    ),
}


@pytest.mark.parametrize("name", SEEDED)
def test_both_refuse(name: str) -> None:
    acts, defect = SEEDED[name]
    sound, broken = lived(CAPACITY, acts), lived(CAPACITY, acts, defect)
    assert (objections(sound), is_explained(sound)) == ([], True)
    assert objections(broken)
    assert not is_explained(broken)
