"""Random loans, and random second thoughts about what was recorded: of any event, in any way."""

from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st

from ledger.periods import Instant, shifted
from tests.support.correcting import WORDS, standing
from tests.support.in_memory import InMemory
from tests.support.random_asks import POOL, Op, days, few, made_since, moving, picks, single
from tests.support.random_asks import command as plain

TOPICS = ("granted.v1", "released.v1", "reallocated.v1", "extended.v1", "capacity-changed.v1")
TWO = ("alpha", "beta")
"""Few holders meet often."""
BEHIND: Final = 15
"""So many days ahead begins what is said to begin behind its end."""

lending = st.fixed_dictionaries(
    {"op": st.just("lend"), "from": st.sampled_from((0, 1)), "quantity": few, "day": days,
     "length": st.integers(3, 12), "pick": st.one_of(st.none(), picks)}
)  # fmt: skip
correcting = st.fixed_dictionaries(
    {"op": st.just("correct"), "pick": st.integers(0, 8), "way": st.integers(0, 40),
     "by": st.sampled_from((-4, -3, -2, -1, 1, 2, 3)), "unit": st.sampled_from(TWO),
     "other": picks}
)  # fmt: skip
giving_back = st.fixed_dictionaries(
    {"op": st.just("release_of"), "pick": picks, "quantity": st.integers(1, 3),
     "day": st.integers(-2, 9), "advance": st.just(True)}
)  # fmt: skip
one = st.one_of(correcting, lending, correcting, giving_back, correcting, single, correcting)
step = st.one_of(
    one,
    one,
    one,
    one,
    st.fixed_dictionaries({"op": st.just("wait"), "days": st.integers(1, 5)}),
    st.fixed_dictionaries(
        {"op": st.just("decision"), "legs": st.lists(one, min_size=2, max_size=3)}
    ),
)
first = st.fixed_dictionaries(
    {"op": st.just("grant"), "unit": st.sampled_from(TWO), "quantity": st.integers(4, 9),
     "day": st.integers(-6, 4), "length": st.one_of(st.none(), st.integers(8, 20)),
     "borrowed": st.booleans()}
)  # fmt: skip
anew = correcting.map(lambda op: [op | {"way": "null"}, op | {"way": "source"}])
"""It never happened; and then it did, out of another grant."""
later = correcting.map(
    lambda op: [
        op | {"op": "prolong", "until": 3},
        {"op": "decision", "legs": [op | {"way": "behind"},
                                    op | {"op": "prolong", "until": BEHIND + 9}]},
    ]
)  # fmt: skip
"""It is to end soon, and then begins behind that, and ends behind its beginning."""
histories = st.tuples(
    st.lists(first, min_size=3, max_size=4),
    st.lists(st.one_of(lending, giving_back, lending, moving), min_size=2, max_size=4),
    st.lists(st.one_of(*[step.map(lambda op: [op])] * 6, anew, later), min_size=8, max_size=20),
).map(lambda parts: [*parts[0], *parts[1], *(op for some in parts[2] for op in some)])


def command(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    """The command of an operation; None when there is nothing yet that it could be about."""
    if op["op"] == "lend":
        return _lend(ledger, op)
    if op["op"] == "correct":
        return _correct(ledger, op)
    if op["op"] == "prolong":
        return _prolong(ledger, op)
    return plain(ledger, op)


def _lend(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    grants = made_since(ledger, 0)
    if op["pick"] is not None and not grants:
        return None
    if op["pick"] is None:
        lender, unit = {"unit": TWO[op["from"]]}, TWO[op["from"]]
    else:
        name = grants[op["pick"] % len(grants)]
        lender, unit = {"grant": name}, ledger.state.grants[name].unit
    to = TWO[0] if unit == TWO[1] else TWO[1]
    return "lend", {
        "pool": POOL, "from": lender, "to": to, "quantity": op["quantity"],
        "starts_at": _in(ledger, op["day"]),
        "returns_at": _in(ledger, op["day"] + op["length"]), "reason": "because",
    }  # fmt: skip


def _correct(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    facts = [fact for fact in ledger.facts() if fact["topic"] in TOPICS]
    if not facts:
        return None
    if op["way"] == "behind":
        makers = [fact for fact in facts if "grant" in fact["data"] or "to_grant" in fact["data"]]
        facts = [fact for fact in makers if fact["topic"] in ("granted.v1", "reallocated.v1")]
    # The newest are told of most: more depends on what is old.
    event = facts[-1 - op["pick"] % len(facts)]
    supersedes, said = standing(ledger, event["position"])
    original = {"effective_at": event["effective_at"], "data": event["data"]}
    said = said or original
    ways = _ways(said, is_first=supersedes is None)
    way = op["way"] if isinstance(op["way"], str) else ways[op["way"] % len(ways)]
    replacement: dict[str, Any] | None
    if way == "null":
        replacement = None
    elif way == "original":
        replacement = original
    else:
        at = said["effective_at"]
        if way == "shift":
            at = shifted(Instant(at), timedelta(days=op["by"]))
        if way == "behind":
            at = _in(ledger, BEHIND)
        data = said["data"] | _changed(ledger, op | {"way": way}, said)
        replacement = {"effective_at": at, "data": data}
    return "correct", {
        "corrects": event["position"], "supersedes": supersedes, "replacement": replacement,
        "reason": WORDS,
    }  # fmt: skip


def _prolong(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    """Another end for the grant that is picked among those that were made."""
    grants = made_since(ledger, 0)
    if not grants:
        return None
    name = grants[-1 - op["pick"] % len(grants)]
    return "extend", {"grant": name, "ends_at": _in(ledger, op["until"]), "reason": "because"}


def _ways(said: dict[str, Any], *, is_first: bool) -> list[str]:
    """The ways in which what is said can be different."""
    data = said["data"]
    ways = ["null", "shift"]
    ways += ["quantity"] * 3 if "quantity" in data or "legs" in data or "total" in data else []
    ways += ["end", "end"] if "ends_at" in data else []
    ways += ["unit"] if "unit" in data or "to_unit" in data else []
    if "legs" in data:
        ways += ["source", "fewer"] if len(data["legs"]) > 1 else ["source"]
        ways += ["advance", "advance"] if data["legs"][0].get("advances") else []
        ways += ["ends"] if "to_unit" not in data else []
    return ways if is_first else [*ways, "original", "original"]


def _changed(ledger: InMemory, op: Op, said: dict[str, Any]) -> dict[str, Any]:
    """The members of the data that are different."""
    data = said["data"]
    match op["way"]:
        case "behind" if "ends_at" in data:
            return {"ends_at": _in(ledger, BEHIND + 5)}
        case "end" if "ends_at" in data:
            return {"ends_at": None if op["by"] == 0 else _in(ledger, op["by"] * 2)}
        case "unit" if "unit" in data or "to_unit" in data:
            return {"unit" if "unit" in data else "to_unit": op["unit"]}
        case "quantity" if "total" in data:
            return {"total": data["total"] + op["by"]}
        case "quantity" if "legs" not in data and "quantity" in data:
            return {"quantity": data["quantity"] + op["by"]}
        case _ if "legs" in data:
            legs = _legs(ledger, op, data["legs"])
            total = sum(leg["quantity"] for leg in legs)
            return {"legs": legs} | ({"quantity": total} if "quantity" in data else {})
        case _:
            return {}


def _legs(ledger: InMemory, op: Op, legs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    head, *rest = legs
    match op["way"]:
        case "quantity":
            head = head | {"quantity": head["quantity"] + op["by"]}
        case "source":
            grants = made_since(ledger, 0)
            other = grants[op["other"] % len(grants)]
            head = head | {"grant": other, "unit": ledger.state.grants[other].unit}
        case "fewer":
            return rest or legs
        case "ends":
            head = head | {"ends": not head.get("ends")}
        case "advance":
            less = [one | {"quantity": one["quantity"] + op["by"]}
                    for one in head.get("advances", ())]  # fmt: skip
            head = head | {"advances": less if op["other"] % 2 else []}
        case _:
            pass
    return [head, *rest]


def _in(ledger: InMemory, number: int) -> Instant:
    return shifted(ledger.now, timedelta(days=number))
