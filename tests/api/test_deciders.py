"""Who may answer a request: those whom the ledger lets give some answer, and nobody else."""

from itertools import product
from random import Random
from typing import Any

import msgspec
import pytest

from api.reads.answering import is_answerable
from projections.requests.asked import Asked
from tests.api.looking import rows
from tests.api.told import reading
from tests.support.asking import ask, decide, house
from tests.support.in_memory import InMemory, day

POOLS = ("a100", "h100", "tpu")
WORDS = {"reason": "Decided so"}
TEAM = "research/vision"
SCOPES = (["a100"], ["h100"], ["a100", "h100"], ["h100", "tpu"], None)


def deciders(ledger: InMemory, address: str) -> dict[str, list[str]]:
    """Who may answer each request."""
    with reading(address, ledger) as doors:
        return dict(rows(doors, "/v1/requests", "request", "deciders", valid_at=ledger.now))


def with_pools(*pools: str, granule: int = 1) -> InMemory:
    """The house with pools beside its own."""
    ledger = house(total=400)
    for pool in pools:
        ledger.tell("open_pool", pool=pool, granule=granule)
        ledger.tell("change_capacity", pool=pool, kind="counted", total=400)
    return ledger


def test_who_decides_over_a_pool_that_was_awarded_before_an_amendment_may_answer(
    migrated_database: str,
) -> None:
    ledger = with_pools("a100")
    for person, pool in (("una", "h100"), ("uwe", "a100")):
        ledger.tell("delegate", to=person, role="decider", unit="lab", pools=[pool])
    request = ask(ledger, quantity=64)
    decide(ledger, request, "approved")
    ledger.tell("amend_request", request=request, pools=["a100"], by="lea")
    assert deciders(ledger, migrated_database) == {request: ["dan", "dee", "founder", "una"]}
    ledger.refusal("decide_request", request=request, outcome="approved", by="uwe")
    decide(ledger, request, "deferred", by="una", **WORDS)
    assert deciders(ledger, migrated_database) == {request: ["dan", "dee", "founder", "uwe"]}
    decide(ledger, request, "approved", by="uwe")


def test_who_decides_over_one_of_two_pools_may_award_that_one_but_within_their_most(
    migrated_database: str,
) -> None:
    ledger = with_pools("a100", granule=8)
    for person, most in (("una", 8), ("uwe", 7)):
        ledger.tell("delegate", to=person, role="decider", unit="lab", pools=["a100"], most=most)
    request = ask(ledger, quantity=64, pools=["h100", "a100"])
    assert deciders(ledger, migrated_database) == {request: ["dan", "dee", "founder", "una"]}
    ledger.refusal("decide_request", request=request, outcome="partly", by="uwe",
                   awarded=[{"pool": "a100", "quantity": 8}])  # fmt: skip
    decide(ledger, request, "partly", by="una", awarded=[{"pool": "a100", "quantity": 8}])


def test_who_decides_twice_over_may_award_as_much_as_either_lets_them(
    migrated_database: str,
) -> None:
    ledger = with_pools("a100", granule=8)
    for person, near, far in (("una", 8, 7), ("uwe", 7, 8), ("udo", 7, 7)):
        for unit, most in (("research", near), ("lab", far)):
            ledger.tell("delegate", to=person, role="decider", unit=unit, pools=["a100"], most=most)
    request = ask(ledger, quantity=64, pools=["h100", "a100"])
    found = deciders(ledger, migrated_database)[request]
    assert found == ["dan", "dee", "founder", "una", "uwe"]
    for person in ("una", "uwe", "udo"):
        given = ledger.ask("decide_request", request=request, outcome="partly", by=person,
                           awarded=[{"pool": "a100", "quantity": 8}], dry_run=True)  # fmt: skip
        assert (given.status == 200) == (person in found), person


def test_nobody_answers_what_is_withdrawn_or_lapsed(migrated_database: str) -> None:
    ledger = house()
    withdrawn, lapsed = ask(ledger), ask(ledger, ends_at=day(1))
    ledger.tell("withdraw_request", request=withdrawn, by="lea")
    ledger.go_to(day(2))
    assert deciders(ledger, migrated_database) == {withdrawn: [], lapsed: []}
    for request in (withdrawn, lapsed):
        ledger.refusal("decide_request", request=request, outcome="deferred", by="dee")


def _crowd(ledger: InMemory, chance: Random) -> list[str]:
    """People who decide over some pools, within some most; returns their names."""
    people = ["dee", "lea", "oda"]
    for number, (pools, most) in enumerate(product(SCOPES, (None, 1, 3))):
        people.append(f"p{number:02}")
        unit = chance.choice(("lab", "research", TEAM, "ops"))
        ledger.tell("delegate", to=people[-1], role="decider", unit=unit, pools=pools, most=most)
    return people


def _requests(ledger: InMemory, chance: Random, people: list[str]) -> None:
    """Requests that were answered, granted, amended, appealed and withdrawn by chance."""
    for _ in range(14):
        asked = ledger.ask("request", by=chance.choice(("lea", "oda")), unit=TEAM,
                           pools=chance.sample(POOLS, chance.randint(1, 2)), justification="x",
                           quantity=chance.randint(1, 4))  # fmt: skip
        request = msgspec.json.decode(asked.body)["events"][0]["data"]["request"]
        for _ in range(5):
            by = chance.choice(people)
            pool, quantity = chance.choice(POOLS), chance.randint(1, 4)
            what: tuple[str, dict[str, Any]] = chance.choice((
                ("amend_request", {"by": "lea", "quantity": quantity,
                                   "pools": chance.sample(POOLS, chance.randint(1, 2))}),
                ("decide_request", {"by": by, "outcome": "partly", **WORDS, "awarded": [
                    {"pool": pool, "quantity": quantity}]}),
                ("decide_request", {"by": "dee", "outcome": "partly", **WORDS, "awarded": [
                    {"pool": pool, "quantity": quantity}]}),
                ("decide_request", {"by": by, "outcome": "deferred", **WORDS}),
                ("grant", {"by": "founder", "pool": pool, "unit": TEAM, "quantity": quantity}),
                ("appeal", {"by": "lea", **WORDS}),
            ))  # fmt: skip
            ledger.ask(what[0], request=request, **what[1])


def _may(ledger: InMemory, request: str, person: str) -> bool:
    """Whether the ledger takes any answer at all from a person."""
    awards = [
        [{"pool": pool, "quantity": some} for pool, some in zip(POOLS, sums, strict=True) if some]
        for sums in product(range(5), repeat=3)
        if 0 < sum(sums) <= 4
    ]
    answers: list[dict[str, Any]] = [{"outcome": "deferred"}, {"outcome": "approved"}]
    answers += [{"outcome": outcome, "awarded": some}
                for some in awards for outcome in ("partly", "approved")]  # fmt: skip
    return any(
        ledger.ask("decide_request", by=person, dry_run=True, request=request, **WORDS,
                   **one).status == 200
        for one in answers
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_they_are_just_those_from_whom_the_ledger_takes_an_answer(
    migrated_database: str, seed: int
) -> None:
    ledger, chance = with_pools("a100", "tpu"), Random(seed)
    people = _crowd(ledger, chance)
    _requests(ledger, chance, people)
    found = deciders(ledger, migrated_database)
    expected = {
        request: sorted(one for one in [*people, "dan", "founder"] if _may(ledger, request, one))
        for request in found
    }
    assert found == expected
    assert len({tuple(some) for some in expected.values()}) > 2, "they differ"


def test_an_award_that_is_all_there_may_be_lowered_by_who_decides_over_its_pool() -> None:
    asked = Asked(
        request="r", unit=TEAM, pools=("a100", "h100"), quantity=4, least=1, start=day(0),
        end=day(9), asked_priority="normal", justification="x", askers=("lea",), asked_at=day(0),
        since=1, outcome="approved", awarded=(("a100", 2), ("h100", 2)), decided=2,
        granted=(("a100", 1), ("h100", 2)),
    )  # fmt: skip
    granules = {"a100": 1, "h100": 1}
    assert is_answerable(asked, {"a100": 1}, granules)
    assert not is_answerable(asked, {"h100": 9}, granules)
