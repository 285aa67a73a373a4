"""The search for an order finds one exactly when there is one."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.counter import Act, Happening, Held, counting
from tests.support.linear import Operation, explanation

CAPACITY = 4


def took(unit: str, quantity: int, *, when: tuple[float, float], yes: bool = True) -> Happening:
    """Somebody wanted some."""
    act = Act(to=unit, quantity=quantity)
    return Happening(invoked=when[0], returned=when[1], asked=act, answered=yes)


def saw(*held: tuple[str, int], when: tuple[float, float]) -> Happening:
    """Somebody looked."""
    return Happening(invoked=when[0], returned=when[1], asked=Act(), answered=held)


def order(*history: Happening) -> list[int] | None:
    """The order that is found."""
    nothing: Held = ()
    return explanation(history, nothing, counting(CAPACITY))


def test_nothing_is_explained_by_nothing() -> None:
    assert order() == []


def test_who_overlap_may_stand_in_either_order() -> None:
    assert order(saw(("a", 3), when=(0, 5)), took("a", 3, when=(1, 4))) == [1, 0]
    assert order(saw(when=(0, 5)), took("a", 3, when=(1, 4))) == [0, 1]


def test_two_cannot_both_have_the_last() -> None:
    assert order(took("a", 3, when=(0, 5)), took("b", 3, when=(0, 5))) is None
    assert order(took("a", 3, when=(0, 5), yes=False), took("b", 3, when=(0, 5))) == [1, 0]


def test_a_look_that_began_after_an_answer_shows_it() -> None:
    assert order(took("a", 3, when=(0, 1)), saw(when=(2, 3))) is None
    assert order(took("a", 3, when=(0, 2)), saw(when=(2, 3))) == [1, 0]


def test_what_was_seen_is_not_unseen() -> None:
    # Both overlap with the grant; the second begins when the first has ended.
    long = took("a", 3, when=(0, 9))
    assert order(long, saw(("a", 3), when=(1, 2)), saw(("a", 3), when=(3, 4))) == [0, 1, 2]
    assert order(long, saw(("a", 3), when=(1, 2)), saw(when=(3, 4))) is None


def test_nobody_is_refused_what_lies_there() -> None:
    assert order(took("a", 4, when=(0, 1), yes=False)) is None


def flips(state: int, asked: int) -> tuple[int, int]:
    """A register: an ask sets it and is answered what it held."""
    return asked, state


@pytest.mark.parametrize("answers", [(1, 2, 0), (0, 2, 1), (2, 2, 2)])
def test_any_sequential_object_will_do(answers: Sequence[int]) -> None:
    history = [
        Operation(invoked=0, returned=9, asked=number, answered=answers[number])
        for number in range(3)
    ]
    chains = {
        tuple(one)
        for one in permutations(range(3))
        if all(answers[now] == before for before, now in zip((0, *one), one, strict=False))
    }
    found = explanation(history, 0, flips)
    assert (tuple(found) in chains) if found else not chains


def explains(history: Sequence[Happening], chosen: Sequence[int]) -> bool:
    """Whether an order keeps to the moments and gives the answers, by definition."""
    held: Held = ()
    for place, index in enumerate(chosen):
        held, answered = counting(CAPACITY)(held, history[index].asked)
        if answered != history[index].answered:
            return False
        later = [history[other] for other in chosen[place + 1 :]]
        if any(one.returned < history[index].invoked for one in later):
            return False
    return True


units = st.sampled_from("ab")
moments = st.tuples(st.integers(0, 12), st.integers(0, 8)).map(lambda one: (one[0], sum(one)))
acts = st.one_of(
    st.builds(Act, to=units, quantity=st.integers(1, CAPACITY)),
    st.builds(Act, source=units, quantity=st.integers(1, CAPACITY)),
    st.builds(Act),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    """Up to five overlapping operations with answers that some order gave, or one that none did."""
    asks = draw(st.lists(acts, max_size=5))
    held: Held = ()
    found: list[Happening] = []
    for act in asks:
        held, answered = counting(CAPACITY)(held, act)
        if draw(st.integers(0, 7)) == 0:
            answered = draw(st.booleans()) if act.source or act.to else (("a", 1),)
        start, end = draw(moments)
        found.append(Happening(invoked=start, returned=end, asked=act, answered=answered))
    return draw(st.permutations(found))


@given(histories())
def test_it_agrees_with_trying_every_order(history: list[Happening]) -> None:
    found = order(*history)
    possible = [one for one in permutations(range(len(history))) if explains(history, one)]
    assert (found is None) == (not possible)
    assert found is None or explains(history, found)
