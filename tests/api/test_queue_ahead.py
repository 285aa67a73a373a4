"""Who is ahead in a queue of requests: told without a look from each at each, and the same."""

from hypothesis import given
from hypothesis import strategies as st

from api.reads.queue import AWARDED, Wait, ahead, in_order, left, wanted
from ledger.periods import FOREVER
from projections.requests.asked import Asked
from tests.support.in_memory import day

POOLS = ("a", "b", "c")
amounts = st.dictionaries(st.sampled_from(POOLS), st.integers(1, 9), max_size=3)


@st.composite
def asked(draw: st.DrawFn, number: int) -> Asked:
    """A request that was answered or not, and for which something is granted or not."""
    awarded = draw(amounts)
    is_answered = bool(awarded) and draw(st.booleans())
    return Asked(
        request=f"{number:08x}",
        unit="vision",
        pools=tuple(draw(st.sets(st.sampled_from(POOLS), min_size=1))),
        quantity=draw(st.integers(1, 40)),
        least=1,
        start=day(0),
        end=FOREVER,
        asked_priority=draw(st.sampled_from(("low", "normal"))),
        justification="x",
        askers=("lea",),
        asked_at=day(0),
        since=draw(st.integers(1, 5)),
        outcome="partly" if is_answered else None,
        awarded=tuple(sorted(awarded.items())) if is_answered else (),
        decided=9 if is_answered else 0,
        granted=tuple(sorted(draw(amounts).items())),
    )


queues = st.integers(0, 12).flatmap(lambda count: st.tuples(*(asked(n) for n in range(count))))


def takes_of(one: Asked) -> set[str]:
    """The pools of which it waits for something."""
    return set(left(one) if one.status(day(1)) == AWARDED else one.pools)


@given(queues)
def test_ahead_are_those_before_it_that_would_take_of_a_pool_of_its_own(
    some: tuple[Asked, ...],
) -> None:
    queue = in_order(some, day(1))
    told = ahead(queue, day(1))
    for place, one in enumerate(queue):
        met = [other for other in queue[:place] if takes_of(other) & takes_of(one)]
        assert told[one.request] == Wait(len(met), sum(wanted(other, day(1)) for other in met))


@given(asked(1))
def test_what_is_left_of_an_award_is_no_more_than_of_it_nor_of_what_is_asked(one: Asked) -> None:
    given_out, awarded = dict(one.granted), dict(one.awarded)
    rests = {pool: some - given_out.get(pool, 0) for pool, some in awarded.items()}
    lacks = one.quantity - sum(given_out.values())
    found = left(one)
    assert all(0 < some <= rests[pool] for pool, some in found.items())
    assert sum(found.values()) == max(0, min(lacks, sum(max(0, some) for some in rests.values())))
