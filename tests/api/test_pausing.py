"""What ends again and again is started again later and later, until it runs for a while."""

from api.pausing import FIRST_S, MAX_S, STEADY_S, Pauses


def test_pauses_grow_up_to_a_bound_and_begin_anew() -> None:
    pauses = Pauses()
    short = [pauses.after(0.1) for _ in range(10)]
    assert short[:3] == [2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S]
    assert short[-1] == MAX_S
    assert pauses.after(STEADY_S + 1) == FIRST_S
    assert pauses.after(0.1) == 2 * FIRST_S
