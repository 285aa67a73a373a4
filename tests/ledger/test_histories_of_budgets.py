"""Random histories under budgets: what is counted and refused is what a slow refold counts."""

from datetime import timedelta
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.asks import Answer
from ledger.budgets import begins
from ledger.events import Corrected, Event, SplitDecided
from ledger.facts import Share, Splitting
from ledger.measures import MEASURES
from ledger.periods import Instant, shifted
from ledger.sayings import Saying, replacement, saying
from ledger.state import State
from tests.support.in_memory import InMemory, day, lab
from tests.support.naive_budgets import LIMITS, Household
from tests.support.random_asks import PHASES, POOL, Op
from tests.support.random_splits import TREE, command, histories
from tests.support.truth import in_order

CODES = {"OverAmount": "title", "OverCap": "in_hand", "BelowFloor": "kept"}
FREE = ("split", "move_unit")
"""Commands that budgets do not refuse for what is held."""
totals = st.integers(30, 60)


@hypothesis.settings(max_examples=40, deadline=None, phases=PHASES)
@given(totals, histories)
def test_every_history_is_counted_and_limited_as_a_refold_from_scratch_says(
    total: int, steps: list[Op]
) -> None:
    live(total, steps)


@pytest.mark.slow
@hypothesis.settings(max_examples=250, deadline=None, phases=PHASES)
@given(totals, histories)
def test_every_one_of_many_histories_is_counted_and_limited_as_a_refold_says(
    total: int, steps: list[Op]
) -> None:
    live(total, steps)


def house(total: int) -> InMemory:
    """Two divisions and three teams, which have long been there."""
    ledger = lab(total=total, since=day(-30))
    for unit, parent in TREE:
        ledger.tell("create_unit", unit=unit, parent=parent, effective_at=day(-30), reason="long")
    return ledger


def live(total: int, steps: list[Op]) -> None:
    """Do one thing after the other, and compare with a refold after each."""
    ledger = house(total)
    before = Household(ledger.facts())
    for op in steps:
        if op["op"] == "wait":
            ledger.go_to(shifted(ledger.now, timedelta(days=op["days"])))
            continue
        asked = asks(ledger, op)
        if asked is None:
            continue
        do, fields = asked
        unbound = without_limits(ledger)
        given_ = ledger.ask(do, **fields)
        assert given_.status in (201, 404, 409, 422), given_.body
        if given_.status == 201:
            after = Household(ledger.facts())
            as_refolded(ledger.state, after)
            assert worse(do, fields, before, after) == []
            before = after
        elif given_.code in CODES and do not in FREE:
            with_a_ground(given_, before, outcome(unbound, ledger, do, fields), shares_of(fields))
    in_order(ledger)


def asks(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    """The command of a step; None when it would be about nothing."""
    if op["op"] != "decision":
        return command(ledger, op)
    legs = [one for one in (command(ledger, leg) for leg in op["legs"]) if one]
    if not legs:
        return None
    return "decision", {"legs": [{"do": do, **fields} for do, fields in legs]}


def as_refolded(state: State, belief: Household) -> None:
    """Every measure that is limited, at every instant from when on there is a budget."""
    assert {unit for _, unit in state.budgets} >= {unit for unit, _ in TREE if belief.shares(unit)}
    for (_, unit), budget in state.budgets.items():
        assert len(budget) == len(belief.shares(unit))
        measures = state.measures[POOL][unit]
        for at in belief.turning():
            if at < begins(budget):
                continue
            for measure in MEASURES:
                if any(share.get(LIMITS[measure]) is not None for share in belief.shares(unit)):
                    steps, sign = measures.of(measure)
                    counted = sign * steps.at(Instant(at))
                    assert counted == belief.measure(unit, measure, at), (unit, measure, at)


def worse(
    do: str, fields: dict[str, Any], before: Household, after: Household
) -> list[tuple[str, str, str]]:
    """Where a decision raises a measure beyond its limit, or lowers a floored one below."""
    legs = fields.get("legs", [{"do": do, **fields}])
    if any(leg["do"] == "move_unit" for leg in legs) or is_of_the_tree(legs, before):
        return []
    found: list[tuple[str, str, str]] = []
    for unit in [unit for unit, _ in TREE if after.shares(unit)]:
        for at in {*before.turning(), *after.turning()}:
            for measure in ("title", "in_hand"):
                limit = after.limit(unit, measure, at)
                now = after.measure(unit, measure, at)
                if limit is not None and now > max(limit, before.measure(unit, measure, at)):
                    found.append((unit, measure, at))
            floor = after.limit(unit, "kept", at)
            if floor is not None and all(is_taking(leg) for leg in legs if leg["do"] != "split"):
                now = after.measure(unit, "kept", at)
                if now < min(floor, before.measure(unit, "kept", at)):
                    found.append((unit, "kept", at))
    return found


def is_of_the_tree(legs: list[dict[str, Any]], before: Household) -> bool:
    """Whether it corrects a split or the tree: recorded, whatever it leaves."""
    topics = {fact["position"]: fact["topic"] for fact in before.facts}
    said = {topics.get(leg.get("corrects", 0)) for leg in legs}
    return bool(said & {"split-decided.v1", "unit-moved.v1"}) or (
        None in said and any(leg["do"] == "correct" for leg in legs)
    )


def is_taking(leg: dict[str, Any]) -> bool:
    """Whether it takes from a holder what the holder does not give back itself."""
    return leg["do"] in ("reallocate", "lend") or leg.get("kind") == "reclaimed"


def without_limits(ledger: InMemory) -> InMemory:
    """The same ledger, in which every split sets nobody a limit."""
    other = InMemory()
    other.events = [unlimited(event) for event in ledger.events]
    other.state = other.known_at(len(other.events))
    # A little later, so that what it records goes by other names.
    other.go_to(shifted(ledger.now, timedelta(seconds=1)))
    return other


def unlimited(event: Event) -> Event:
    """A split, or what it is corrected to say, without its limits."""
    match event:
        case SplitDecided():
            return replace(event, data=_free(event.data))
        case Corrected(data=fact) if fact.topic == "split-decided.v1":
            said = [saying(fact.topic, one) for one in (fact.was, fact.replacement)]
            was, now = (
                None if one is None or not isinstance(one.fact, Splitting)
                else replacement(Saying(one.at, _free(one.fact)))
                for one in said
            )  # fmt: skip
            return replace(event, data=replace(fact, was=was, replacement=now))
        case _:
            return event


def _free(split: Splitting) -> Splitting:
    return replace(split, shares=tuple(Share(unit=one.unit) for one in split.shares))


def outcome(
    unbound: InMemory, ledger: InMemory, do: str, fields: dict[str, Any]
) -> Household | None:
    """What would be believed had budgets not refused; None when something else would refuse."""
    first = len(unbound.events)
    if unbound.ask(do, **without_shares(fields)).status != 201:
        return None
    return Household([*ledger.facts(), *unbound.facts()[first:]])


def shares_of(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The shares that the splits of a decision say."""
    splits = [leg for leg in fields.get("legs", []) if leg["do"] == "split"]
    return [share for split in splits for share in split["shares"]]


def without_shares(fields: dict[str, Any]) -> dict[str, Any]:
    """A decision whose splits set nobody a limit; an end makes each of them say something."""
    if not shares_of(fields):
        return fields
    legs = [
        leg
        if leg["do"] != "split"
        else leg | {
            "shares": [{"unit": share["unit"]} for share in leg["shares"]],
            "until": leg["until"] or day(3000),
        }
        for leg in fields["legs"]
    ]  # fmt: skip
    return {"legs": legs}


def with_a_ground(
    given_: Answer, before: Household, after: Household | None, shares: list[dict[str, Any]]
) -> None:
    """What budgets refuse would have left what they do not allow, by so much."""
    told = msgspec.json.decode(given_.body)["arithmetic"]
    if after is None or told["measure"] == "split":
        return
    unit, measure, at = told["unit"], told["measure"], told["at"]
    assert measure == CODES[str(given_.code)]
    was, now = before.measure(unit, measure, at), after.measure(unit, measure, at)
    assert (told["before"], told["after"]) == (was, now), (told, was, now)
    said = [share.get(LIMITS[measure]) for share in shares if share["unit"] == unit]
    assert told["limit"] in [before.limit(unit, measure, at), *said]
    if measure == "kept":
        assert now < min(told["limit"], was)
    else:
        assert now > max(told["limit"], was)
    assert told["available"] >= 0
