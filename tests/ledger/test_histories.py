"""Random histories: what is decided is what a slow and different model of the rules expects."""

import copy
from datetime import timedelta
from typing import Any

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import Instant, shifted
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.naive import FAR, Naive, drawn, made, most, taken

UNITS = ("alpha", "beta", "gamma")
POOL = "h100"
# Without the phase that explains a failure, which costs minutes and says little here.
PHASES = tuple(phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain)
Op = dict[str, Any]

units = st.sampled_from(UNITS)
few = st.integers(1, 5)
some_or_all = st.one_of(few, few, st.just("all"))
days = st.one_of(st.just(0), st.integers(-6, 9))
lengths = st.one_of(st.none(), st.none(), st.integers(1, 12))
yes = st.booleans()
picks = st.integers(0, 20)
granting = st.fixed_dictionaries(
    {"op": st.just("grant"), "unit": units, "quantity": few, "day": days, "length": lengths,
     "borrowed": yes}
)  # fmt: skip
releasing = st.fixed_dictionaries(
    {"op": st.just("release"), "unit": units, "quantity": some_or_all, "day": days,
     "advance": yes, "future": yes}
)  # fmt: skip
releasing_of = st.fixed_dictionaries(
    {"op": st.just("release_of"), "pick": picks, "quantity": few, "day": days, "advance": yes}
)
moving = st.fixed_dictionaries(
    {"op": st.just("move"), "from": st.lists(st.tuples(units, some_or_all), min_size=1,
     max_size=2, unique_by=lambda one: one[0]), "to": units, "day": days, "length": lengths,
     "borrowed": yes, "advance": yes}
)  # fmt: skip
extending = st.fixed_dictionaries(
    {"op": st.just("extend"), "pick": picks, "day": st.one_of(st.none(), days)}
)
recounting = st.fixed_dictionaries(
    {"op": st.just("capacity"), "kind": st.sampled_from(("counted", "headroom", "installed",
     "retired", "lost", "restored")), "amount": st.integers(1, 24), "day": days}
)  # fmt: skip
single = st.one_of(
    granting, releasing, releasing, releasing_of, moving, moving, moving, extending, recounting
)
step = st.one_of(
    single,
    single,
    single,
    single,
    st.fixed_dictionaries({"op": st.just("wait"), "days": st.integers(1, 5)}),
    st.fixed_dictionaries(
        {"op": st.just("decision"), "legs": st.lists(single, min_size=2, max_size=4)}
    ),
)
histories = st.tuples(
    st.lists(granting, min_size=2, max_size=5), st.lists(step, min_size=4, max_size=16)
).map(lambda parts: [*parts[0], *parts[1]])


def command(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    """The command of an operation; None when it names a grant and there is none."""

    def at(number: int) -> Instant:
        return shifted(ledger.now, timedelta(days=number))

    base = {"reason": "because"}
    grants = list(ledger.state.grants)
    if op["op"] in ("release_of", "extend") and not grants:
        return None
    match op["op"]:
        case "grant" | "move":
            ends = None if op["length"] is None else at(op["day"] + op["length"])
            common = base | {
                "pool": POOL, "effective_at": at(op["day"]), "ends_at": ends,
                "borrowed": op["borrowed"],
            }  # fmt: skip
            if op["op"] == "grant":
                return "grant", common | {"unit": op["unit"], "quantity": op["quantity"]}
            sources = [{"unit": unit, "quantity": quantity} for unit, quantity in op["from"]]
            return "reallocate", common | {
                "from": sources, "to": op["to"], "advance": op["advance"]
            }  # fmt: skip
        case "release":
            return "release", base | {
                "pool": POOL, "unit": op["unit"], "quantity": op["quantity"],
                "effective_at": at(op["day"]), "advance": op["advance"],
                "future": op["future"] and op["quantity"] == "all",
            }  # fmt: skip
        case "release_of":
            one = {"grant": grants[op["pick"] % len(grants)], "quantity": op["quantity"]}
            return "release", base | {
                "grants": [one], "effective_at": at(op["day"]), "advance": op["advance"]
            }  # fmt: skip
        case "extend":
            ends = None if op["day"] is None else at(op["day"])
            return "extend", base | {"grant": grants[op["pick"] % len(grants)], "ends_at": ends}
        case _:
            sets = op["kind"] in ("counted", "headroom")
            return "change_capacity", base | {
                "pool": POOL, "kind": op["kind"], "effective_at": at(op["day"]),
                ("total" if sets else "quantity"): op["amount"],
            }  # fmt: skip


@hypothesis.settings(max_examples=200, deadline=None, phases=PHASES)
@given(st.integers(4, 28), histories)
def test_every_history_is_what_a_slow_model_of_the_rules_expects(
    total: int, steps: list[Op]
) -> None:
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
