"""Plans on random histories: what a plan ends in is never refused for what others hold or keep."""

from datetime import timedelta

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import shifted, to_datetime
from ledger.planning.shapes import Planned
from ledger.plans import Foreseen
from tests.ledger.test_histories_of_budgets import asks, house
from tests.support.in_memory import InMemory, day, portrait
from tests.support.planning import plan
from tests.support.random_asks import PHASES, POOL, Op
from tests.support.random_splits import histories

GAINS = frozenset({"OverAmount", "OverCap"})
"""What the budgets of who gains may say, which a plan tells and does not go round."""

asking = st.fixed_dictionaries(
    {"quantity": st.integers(1, 30), "unit": st.sampled_from(("alpha", "beta", "gamma", "west")),
     "by": st.integers(-1, 12), "length": st.one_of(st.none(), st.integers(1, 15)),
     "avoid": st.one_of(st.just([]), st.sampled_from((["east"], ["beta"])))}
)  # fmt: skip


@hypothesis.settings(max_examples=60, deadline=None, phases=PHASES)
@given(st.integers(20, 40), histories, st.lists(asking, min_size=2, max_size=4), st.booleans())
def test_plans_on_random_histories(
    total: int, steps: list[Op], plans: list[Op], is_foreseen: bool
) -> None:
    live(total, steps, plans, is_foreseen=is_foreseen)


@pytest.mark.slow
@hypothesis.settings(max_examples=1500, deadline=None, phases=PHASES)
@given(st.integers(20, 40), histories, st.lists(asking, min_size=2, max_size=4), st.booleans())
def test_many_plans_on_random_histories(
    total: int, steps: list[Op], plans: list[Op], is_foreseen: bool
) -> None:
    live(total, steps, plans, is_foreseen=is_foreseen)


def live(total: int, steps: list[Op], plans: list[Op], *, is_foreseen: bool) -> None:
    """Do one thing after the other, then plan, look at each plan, and carry it out if it can be."""
    ledger = house(total)
    for op in steps:
        if op["op"] == "wait":
            ledger.go_to(shifted(ledger.now, timedelta(days=op["days"])))
        elif (asked := asks(ledger, op)) is not None:
            ledger.ask(asked[0], **asked[1])
    foreseen = forecasts(ledger) if is_foreseen else ()
    for op in plans:
        by = _days(ledger) + op["by"]
        ends = {} if op["length"] is None else {"ends_at": day(max(by, 0) + op["length"] + 20)}
        ledger.state.tick(ledger.now)
        before = portrait(ledger.state)
        found = plan(
            ledger, op["quantity"], op["unit"], by=by, avoid=op["avoid"], foreseen=foreseen, **ends
        )
        assert portrait(ledger.state) == before
        holds(ledger, found, op)


def holds(ledger: InMemory, found: Planned, op: Op) -> None:
    """What is promised of every plan."""
    assert found.found + found.missing == op["quantity"]
    assert found.found == sum(one.quantity for one in found.moves)
    assert all(one.quantity > 0 for one in found.moves)
    tiers = [one.tier for one in found.moves]
    assert tiers == sorted(tiers)
    for one in found.moves:
        assert one.unit != op["unit"]
        if one.unit is not None:
            assert not set(op["avoid"]) & set(ledger.state.path(one.unit))
    if found.decision is None:
        assert not found.moves
        return
    assert found.verdict is not None
    if found.verdict.code is not None:
        assert found.verdict.code in GAINS, (found.verdict, found.moves, found.decision)
        assert found.verdict.unit in ledger.state.path(op["unit"]), found.verdict
        return
    soon = shifted(found.by, timedelta(milliseconds=1))  # it is decided by then
    had = ledger.holds(op["unit"], found.by)
    is_steady = had == ledger.holds(op["unit"], soon)
    given_ = ledger.ask("decision", **found.decision)
    assert given_.status == found.verdict.status == 201, given_.body
    assert not is_steady or ledger.holds(op["unit"], soon) >= had + found.found
    if found.missing:
        nothing_is_left(ledger, found, op)


def nothing_is_left(ledger: InMemory, found: Planned, op: Op) -> None:
    """No grant that is borrowed, or about to end, gives one more by the rules themselves."""
    soon = shifted(found.by, timedelta(days=30))
    for grant in [ledger.state.grants[name] for name in list(ledger.state.grants)]:
        path = ledger.state.path(grant.unit)
        if grant.lender is not None or grant.unit == op["unit"] or set(op["avoid"]) & set(path):
            continue
        if not grant.start <= found.by < grant.end:
            continue
        if grant.grant_class == "borrowed" or grant.end <= soon:
            given_ = ledger.ask(
                "reallocate", dry_run=True, pool=POOL, to=op["unit"], borrowed=found.borrowed,
                starts_at=found.by, ends_at=found.ends_at, reason="one more",
                from_=[{"grant": grant.grant, "quantity": 1}],
            )  # fmt: skip
            assert given_.status == 409, (grant, found)


def forecasts(ledger: InMemory) -> tuple[Foreseen, ...]:
    """A forecast of each grant that takes one, as the read models would tell it."""
    told: list[Foreseen] = []
    for number, name in enumerate(list(ledger.state.grants)):
        at = day(_days(ledger) + number % 5 + 1)
        steps = [{"quantity": number % 3 + 1, "expected_at": at}]
        given_ = ledger.ask("forecast", grant=name, steps=steps, confidence="low")
        if given_.status == 201:
            told.append(Foreseen(name, given_.position, number % 3 + 1, at, "low"))
    return tuple(told)


def _days(ledger: InMemory) -> float:
    """How many days the ledger is old."""
    return (to_datetime(ledger.now) - to_datetime(day(0))) / timedelta(days=1)
