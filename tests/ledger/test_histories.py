"""Random histories: what is decided is what a slow and different model of the rules expects."""

import copy
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import given

from ledger.periods import Instant, shifted
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.naive import FAR, Naive, drawn, made, most, taken
from tests.support.random_asks import PHASES, POOL, UNITS, Op, command, histories, totals


@hypothesis.settings(max_examples=200, deadline=None, phases=PHASES)
@given(totals, histories)
def test_every_history_is_what_a_slow_model_of_the_rules_expects(
    total: int, steps: list[Op]
) -> None:
    tell_the_history(total, steps)


@pytest.mark.slow
@hypothesis.settings(max_examples=2000, deadline=None, phases=PHASES)
@given(totals, histories)
def test_every_one_of_many_histories_is_what_a_slow_model_of_the_rules_expects(
    total: int, steps: list[Op]
) -> None:
    tell_the_history(total, steps)


def tell_the_history(total: int, steps: list[Op]) -> None:
    """Ask for one thing after the other; each answer is compared with what the model expects."""
    ledger = lab(*UNITS, total=total, since=day(-30))
    for op in steps:
        if op["op"] == "wait":
            ledger.go_to(shifted(ledger.now, timedelta(days=op["days"])))
            continue
        before = Naive(ledger.facts())
        if op["op"] == "decision":
            asked = [one for one in (command(ledger, leg) for leg in op["legs"]) if one]
            if not asked:
                continue
            given_ = ledger.ask("decision", legs=[{"do": do, **fields} for do, fields in asked])
        else:
            one = command(ledger, op)
            if one is None:
                continue
            given_ = differing_from_no_expectation(ledger, before, *one)
        after = Naive(ledger.facts())
        conserved(ledger, after)
        if given_.status == 201:
            raised_nothing_beyond_the_limit(before, after)
    assert portrait(ledger.replayed()) == portrait(ledger.state)


def differing_from_no_expectation(
    ledger: InMemory, before: Naive, do: str, fields: dict[str, Any]
) -> Any:
    """Ask, first on trial, then in earnest; compare with what the slow model expects."""
    ledger.state.tick(ledger.now)
    portrayed = copy.deepcopy(portrait(ledger.state))
    tried = ledger.ask(do, dry_run=True, **fields)
    now = ledger.now
    assert copy.deepcopy(portrait(ledger.state)) == portrayed, "a trial left a trace"
    given_ = ledger.ask(do, **fields)
    assert (tried.status, given_.status) in ((200, 201), (409, 409)), (tried, given_)
    if given_.status == 409:
        assert portrait(ledger.state) == portrayed, "a refusal left a trace"
    assert given_.code == tried.code
    expected = expectation(before, do, fields, now)
    if expected is None:
        return given_
    fits, legs = expected
    if not fits:
        assert given_.status == 409, (do, fields, given_.body)
        return given_
    recorded = ledger.facts()[-1] if given_.status == 201 else None
    if recorded is None:
        assert given_.code == "NotEnoughFree", (do, fields, given_.body)
        assert exceeds(before, do, fields, now, legs), (do, fields, given_.body)
    elif legs is not None:
        assert recorded["data"]["legs"] == legs
    return given_


def expectation(
    before: Naive, do: str, fields: dict[str, Any], now: str
) -> tuple[bool, list[Any] | None] | None:
    """(can it be taken at all, the legs), or None for what the slow model does not foretell."""
    at = fields.get("effective_at") or now
    advance = fields.get("advance", True)
    if do == "grant":
        return True, None
    if do == "release" and "grants" in fields:
        return of_grant(before, fields["grants"][0], at, now, advance=advance)
    if do == "release" and fields["quantity"] != "all":
        legs = drawn(
            before, fields["unit"], fields["quantity"], at, now, pool=POOL, advance=advance
        )
        return legs is not None, legs
    if do == "reallocate" and fields["to"] not in {one["unit"] for one in fields["from"]}:
        found: list[Any] = []
        for one in fields["from"]:
            quantity = None if one["quantity"] == "all" else one["quantity"]
            legs = drawn(before, one["unit"], quantity, at, now, pool=POOL, advance=advance)
            if not legs:
                return False, None
            found += legs
        return True, found
    return None


def of_grant(
    before: Naive, one: dict[str, Any], at: str, now: str, *, advance: bool
) -> tuple[bool, list[Any] | None] | None:
    """What is expected of a release that names a grant."""
    end = before.end(one["grant"])
    begins = max(at, before.start(one["grant"]))
    if begins >= end:
        return None if at <= now else (False, None)
    if one["quantity"] > most(before, one["grant"], at, now, advance=advance):
        return False, None
    leg = taken(before, one["grant"], one["quantity"], at, now, advance=advance)
    return True, [leg]


def exceeds(
    before: Naive, do: str, fields: dict[str, Any], now: str, legs: list[Any] | None
) -> bool:
    """Whether the fact, recorded all the same, would raise what is held beyond what there is."""
    at = fields.get("effective_at") or now
    quantity = fields["quantity"] if do == "grant" else sum(leg["quantity"] for leg in legs or [])
    data = {"pool": POOL, "quantity": quantity, "ends_at": fields["ends_at"], "class": "x"}
    if do == "grant":
        fact = {"topic": "granted.v1", "data": data | {"grant": "new", "unit": fields["unit"]}}
    else:
        target = {"to_grant": "new", "to_unit": fields["to"], "legs": legs}
        fact = {"topic": "reallocated.v1", "data": data | target}
    after = Naive([*before.log, fact | {"position": 10**9, "effective_at": at}])
    return bool(violations(before, after))


def violations(before: Naive, after: Naive) -> list[str]:
    """The instants at which more is held than before, and more than there is."""
    return [
        at
        for at in after.instants(POOL)
        if after.held(POOL, at) > before.held(POOL, at)
        and after.held(POOL, at) > after.allocatable(POOL, at)
    ]


def raised_nothing_beyond_the_limit(before: Naive, after: Naive) -> None:
    assert violations(before, after) == []


def conserved(ledger: InMemory, naive: Naive) -> None:
    """Held + free = allocatable + overcommitted at every breakpoint, and no grant below zero."""
    for at in naive.instants(POOL):
        held = naive.held(POOL, at)
        allocatable = naive.allocatable(POOL, at)
        free = ledger.free(Instant(at))
        overcommitted = max(0, held - allocatable)
        assert held + max(0, free) == allocatable + overcommitted, at
        assert free == allocatable - held, at
        for grant in naive.grants():
            own = naive.own(grant, at)
            assert own >= 0, (grant, at)
            assert own == ledger.own(grant, Instant(at)), (grant, at)


def test_the_slow_model_knows_what_rule_0_says() -> None:
    ledger = lab("alpha", "beta", total=24)
    grant = ledger.grant("alpha", 8)
    ledger.tell("release", pool=POOL, unit="alpha", quantity=4, effective_at="2026-01-11T00:00:00Z")
    ledger.tell("reallocate", pool=POOL, from_=[{"unit": "alpha", "quantity": 2}], to="beta",
                reason="r")  # fmt: skip
    naive = Naive(ledger.facts())
    assert [naive.own(grant, f"2026-01-{day}T00:00:00.000000Z") for day in ("05", "11")] == [6, 4]
    assert naive.end(grant) == FAR
    assert [made(naive.maker(name))["quantity"] for name in naive.grants()] == [8, 2]
