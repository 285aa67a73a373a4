"""Random splits and moves of units, and second thoughts about both, among what else is asked."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from ledger.periods import Instant, shifted
from tests.support.correcting import WORDS, standing
from tests.support.in_memory import InMemory
from tests.support.random_asks import POOL, Op, days, granting, moving, releasing
from tests.support.random_corrections import command as other
from tests.support.random_corrections import correcting, giving_back, lending

TREE = (("east", "lab"), ("west", "lab"), ("alpha", "east"), ("beta", "east"), ("gamma", "west"))
PARENTS = ("lab", "east", "west")

limit = st.one_of(st.none(), st.integers(0, 14))
splitting = st.fixed_dictionaries(
    {"op": st.just("split"), "parent": st.sampled_from(PARENTS), "day": days,
     "length": st.one_of(st.none(), st.none(), st.integers(1, 12)),
     "shares": st.lists(st.tuples(limit, limit, limit), min_size=1, max_size=3)}
)  # fmt: skip
moving_units = st.fixed_dictionaries(
    {"op": st.just("move_unit"), "unit": st.sampled_from([unit for unit, _ in TREE]),
     "parent": st.sampled_from(PARENTS)}
)  # fmt: skip
resplitting = st.fixed_dictionaries(
    {"op": st.just("correct_of"), "topic": st.sampled_from(("split-decided.v1", "unit-moved.v1")),
     "pick": st.integers(0, 5), "way": st.sampled_from(("null", "shift", "change", "original")),
     "by": st.sampled_from((-3, -2, -1, 1, 2, 3)), "parent": st.sampled_from(PARENTS)}
)  # fmt: skip
reclaiming = st.fixed_dictionaries(
    {"op": st.just("reclaim"), "unit": st.sampled_from(("alpha", "beta", "gamma")),
     "quantity": st.integers(1, 5), "day": days}
)  # fmt: skip
holding = st.one_of(
    granting, granting, moving, lending, lending, giving_back, releasing, reclaiming, correcting
)
together = st.one_of(granting, granting, lending, moving, reclaiming, splitting)
step = st.one_of(
    holding,
    holding,
    splitting,
    moving_units,
    resplitting,
    st.fixed_dictionaries({"op": st.just("wait"), "days": st.integers(1, 5)}),
    st.fixed_dictionaries(
        {"op": st.just("decision"), "legs": st.lists(together, min_size=2, max_size=3)}
    ),
)
histories = st.tuples(
    st.lists(granting, min_size=2, max_size=4),
    st.lists(splitting, min_size=2, max_size=4),
    st.lists(st.one_of(lending, granting, splitting), min_size=1, max_size=4),
    st.lists(step, min_size=6, max_size=16),
).map(lambda parts: [*parts[0], *parts[1], *parts[2], *parts[3]])


def command(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    """The command of an operation; None when there is nothing yet that it could be about."""
    match op["op"]:
        case "split":
            return _split(ledger, op)
        case "move_unit":
            return "move_unit", {"unit": op["unit"], "parent": op["parent"]}
        case "correct_of":
            return _correct(ledger, op)
        case "reclaim":
            return "release", {
                "pool": POOL, "unit": op["unit"], "quantity": op["quantity"], "kind": "reclaimed",
                "effective_at": _in(ledger, op["day"]), "reason": "because",
            }  # fmt: skip
        case _:
            return other(ledger, op)


def _split(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    below = [one.unit for one in ledger.state.units.values() if one.parent == op["parent"]]
    shares = [
        _share(unit, limits) for unit, limits in zip(sorted(below), op["shares"], strict=False)
    ]
    if not shares:
        return None
    at = _in(ledger, op["day"])
    until = None if op["length"] is None else _in(ledger, op["day"] + op["length"])
    return "split", {
        "pool": POOL, "parent": op["parent"], "shares": shares, "effective_at": at,
        "until": until, "reason": "because",
    }  # fmt: skip


def _share(unit: str, limits: tuple[int | None, ...]) -> dict[str, Any]:
    given = iter(sorted(one for one in limits if one is not None))
    names = [
        name
        for name, one in zip(("floor", "amount", "cap"), limits, strict=True)
        if one is not None
    ]
    return {"unit": unit, **{name: next(given) for name in names}}


def _correct(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    facts = [fact for fact in ledger.facts() if fact["topic"] == op["topic"]]
    if not facts:
        return None
    event = facts[-1 - op["pick"] % len(facts)]
    supersedes, said = standing(ledger, event["position"])
    original = {"effective_at": event["effective_at"], "data": event["data"]}
    said = said or original
    replacement: dict[str, Any] | None = original
    match op["way"]:
        case "null":
            replacement = None
        case "shift":
            at = shifted(Instant(said["effective_at"]), timedelta(days=op["by"]))
            replacement = {"effective_at": at, "data": said["data"]}
        case "change":
            data = said["data"] | _changed(op, said["data"])
            replacement = {"effective_at": said["effective_at"], "data": data}
        case _:
            pass
    return "correct", {
        "corrects": event["position"], "supersedes": supersedes, "replacement": replacement,
        "reason": WORDS,
    }  # fmt: skip


def _changed(op: Op, data: dict[str, Any]) -> dict[str, Any]:
    if "shares" not in data:
        return {"parent": op["parent"]}
    shares = [
        {name: max(0, value + op["by"]) if isinstance(value, int) else value
         for name, value in share.items()}
        for share in data["shares"]
    ]  # fmt: skip
    return {"shares": shares}


def _in(ledger: InMemory, number: int) -> Instant:
    return shifted(ledger.now, timedelta(days=number))
