"""Random things to ask for, dated ahead and back, about a few units of one pool."""

from datetime import timedelta
from typing import Any

import hypothesis
from hypothesis import strategies as st

from ledger.events import Granted, Reallocated
from ledger.periods import Instant, shifted
from tests.support.in_memory import InMemory

UNITS = ("alpha", "beta", "gamma")
POOL = "h100"
# Without the phase that explains a failure, which costs minutes and says little here.
PHASES = tuple(phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain)
Op = dict[str, Any]

totals = st.integers(4, 28)
"""How many units the pool has."""
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


def command(
    ledger: InMemory, op: Op, mark: str = "", since: int = 0
) -> tuple[str, dict[str, Any]] | None:
    """The command of an operation; None when it names a grant and there is none.

    `mark` is put behind the names of pool and units, for a ledger that tells several histories;
    `since` is the position before this one.
    """

    def at(number: int) -> Instant:
        return shifted(ledger.now, timedelta(days=number))

    base = {"reason": "because"}
    pool = POOL + mark
    grants = made_since(ledger, since)
    if op["op"] in ("release_of", "extend") and not grants:
        return None
    match op["op"]:
        case "grant" | "move":
            ends = None if op["length"] is None else at(op["day"] + op["length"])
            common = base | {
                "pool": pool, "effective_at": at(op["day"]), "ends_at": ends,
                "borrowed": op["borrowed"],
            }  # fmt: skip
            if op["op"] == "grant":
                return "grant", common | {"unit": op["unit"] + mark, "quantity": op["quantity"]}
            sources = [{"unit": unit + mark, "quantity": quantity} for unit, quantity in op["from"]]
            return "reallocate", common | {
                "from": sources, "to": op["to"] + mark, "advance": op["advance"]
            }  # fmt: skip
        case "release":
            return "release", base | {
                "pool": pool, "unit": op["unit"] + mark, "quantity": op["quantity"],
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
                "pool": pool, "kind": op["kind"], "effective_at": at(op["day"]),
                ("total" if sets else "quantity"): op["amount"],
            }  # fmt: skip


def made_since(ledger: InMemory, since: int) -> list[str]:
    """The grants made behind a position, in order."""
    return [
        event.data.grant if isinstance(event, Granted) else event.data.to_grant
        for event in ledger.events[since:]
        if isinstance(event, Granted | Reallocated)
    ]
