"""Random histories of an organisation: who is closed holds nothing, and a replay is the same."""

from datetime import timedelta
from typing import Any

import hypothesis
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ledger.holding import own_at
from ledger.periods import FOREVER, Instant, shifted
from ledger.state import State
from tests.support.in_memory import InMemory, day, lab, portrait

POOL = "h100"
UNITS = ("alpha", "alpha", "beta", "beta", "new")
PHASES = tuple(phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain)

units = st.sampled_from(UNITS)
quantities = st.sampled_from((1, 3, "all", "all"))
days = st.one_of(st.none(), st.integers(-4, 8))


def ask(do: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"do": st.just(do), **fields})


source = st.lists(
    st.fixed_dictionaries({"unit": units, "quantity": quantities}),
    min_size=1, max_size=2, unique_by=lambda one: one["unit"],
)  # fmt: skip
single = st.one_of(
    ask("grant", unit=units, quantity=st.integers(1, 4), effective_at=days, ends_at=days),
    ask("release", unit=units, quantity=quantities, effective_at=days),
    ask("release", pick=st.integers(0, 9), quantity=st.integers(1, 4)),
    ask("reallocate", from_=source, to=units, effective_at=st.integers(1, 8)),
    ask("release", unit=units, quantity=st.just("all"), future=st.just(True)),
    ask("reallocate", from_=source, to=units, effective_at=days, ends_at=days),
    ask("create_unit", unit=units, parent=units),
    ask("move_unit", unit=units, parent=units),
    ask("close_unit", unit=units),
    ask("close_unit", unit=units),
)
steps = st.lists(
    st.one_of(single, single, single, st.integers(1, 4), st.lists(single, min_size=2, max_size=3)),
    min_size=4, max_size=14,
)  # fmt: skip


@hypothesis.settings(max_examples=150, deadline=None, phases=PHASES)
@given(steps)
def test_units_that_are_closed_hold_nothing_and_lists_say_who_holds(history: list[Any]) -> None:
    ledger = lab("alpha", "beta", total=16, since=day(-30))
    ledger.grant("alpha", 4)
    ledger.grant("beta", 4, starts_at=day(3))
    for step in history:
        if isinstance(step, int):
            ledger.go_to(shifted(ledger.now, timedelta(days=step)))
            continue
        legs = [dated(ledger, one) for one in (step if isinstance(step, list) else [step])]
        try:
            ledger.ask("decision", legs=legs)
        except msgspec.ValidationError:
            continue  # an end before its start: no command at all
    assert portrait(ledger.replayed()) == portrait(ledger.state)
    nothing_is_held_by_the_closed(ledger.state)
    the_lists_are_what_the_grants_say(ledger.state)


def dated(ledger: InMemory, one: dict[str, Any]) -> dict[str, Any]:
    """The leg with its days as instants, counted from now."""
    leg: dict[str, Any] = {"reason": "because"}
    if one["do"] in ("grant", "release", "reallocate"):
        leg["pool"] = POOL
    if "pick" in one:
        grants = list(ledger.state.grants)
        named = {"grant": grants[one["pick"] % len(grants)], "quantity": one["quantity"]}
        return leg | {"do": one["do"], "grants": [named]}
    for name, value in one.items():
        if name in ("effective_at", "ends_at"):
            if value is not None:
                leg[name] = shifted(ledger.now, timedelta(days=value))
        else:
            leg[name.rstrip("_")] = value
    return leg


def instants(state: State) -> list[Instant]:
    found = {state.ticked, *(unit.closed_at for unit in state.units.values())}
    for grant in state.grants.values():
        found |= {grant.start, grant.end, *(draw.instant for draw in grant.draws)}
    return sorted(found - {FOREVER})


def nothing_is_held_by_the_closed(state: State) -> None:
    for grant in state.grants.values():
        closed = state.units[grant.unit].closed_at
        assert not any(own_at(grant, at) for at in instants(state) if at >= closed), grant
    for unit in state.units.values():
        assert unit.closed_at == FOREVER or not state.open_children[unit.unit]


def the_lists_are_what_the_grants_say(state: State) -> None:
    for grant in state.grants.values():
        holds = any(own_at(grant, at) for at in instants(state) if at >= state.ticked)
        assert (grant in state.live_of(POOL, grant.unit)) == holds, grant
