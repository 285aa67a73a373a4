"""Second thoughts about any event, in any way: most can be said, and many are refused."""

from typing import Any, Final

import msgspec

from tests.support.drawing import UNITS, Draw

Fields = dict[str, Any]
TOPICS: Final = (
    "granted.v1", "released.v1", "reallocated.v1", "extended.v1", "capacity-changed.v1",
    "split-decided.v1", "unit-moved.v1", "unit-created.v1", "pledged.v1", "rate-set.v1",
    "unit-renamed.v1", "unit-closed.v1", "pool-opened.v1", "pool-closed.v1",
)  # fmt: skip


def correct(draw: Draw) -> Fields:
    """The fields of a correction of an event that can be corrected, mostly a late one."""
    facts: list[Fields] = msgspec.json.decode(msgspec.json.encode(draw.events))
    told = [fact for fact in facts if fact["topic"] in TOPICS]
    about = told[-1 - int(draw.random.random() ** 2 * len(told))]
    supersedes, said = None, about
    for fact in facts:
        if fact["topic"] == "corrected.v1" and fact["data"]["corrects"] == about["position"]:
            supersedes, said = fact["position"], fact["data"]["replacement"]
    original = {"effective_at": about["effective_at"], "data": about["data"]}
    way = draw.of((_never, _never, _as_it_was, _at_another_time, _changed, _changed, _changed))
    return {"reason": "It was told wrongly", "corrects": about["position"],
            "supersedes": supersedes, "acknowledge_breach": draw.chance(0.1),
            "replacement": way(draw, original, said or original)}  # fmt: skip


def _never(draw: Draw, original: Fields, said: Fields) -> None:
    return None


def _as_it_was(draw: Draw, original: Fields, said: Fields) -> Fields:
    return original


def _at_another_time(draw: Draw, original: Fields, said: Fields) -> Fields:
    return {"effective_at": draw.at(), "data": said["data"]}


def _changed(draw: Draw, original: Fields, said: Fields) -> Fields:
    data = dict(said["data"])
    for name, value in said["data"].items():
        if draw.chance(0.5):
            data |= _other(draw, data, name, value)
    if "legs" in data and "quantity" in data and draw.chance(0.8):
        data["quantity"] = sum(leg["quantity"] for leg in data["legs"])
    return {"effective_at": said["effective_at"], "data": data}


def _other(draw: Draw, data: Fields, name: str, value: Any) -> Fields:
    """The member of the data as something else."""
    match name:
        case "quantity" if "legs" not in data:
            return {name: max(1, value + draw.of((-2, -1, 1, 3)))}
        case "total":
            return {name: max(0, value + draw.of((-2, -1, 1, 3)))}
        case "ends_at":
            return {name: draw.perhaps(draw.end())}
        case "unit" | "to_unit" if "legs" in data or "grant" in data or "pledge" in data:
            return {name: draw.unit()}
        case "class":
            return {name: draw.of(("guaranteed", "borrowed"))}
        case "parent" if "shares" not in data:
            return {name: draw.of(("lab", "east", "west"))}
        case "shares":
            return {name: [_share(draw, share) for share in value]}
        case "legs":
            return {name: _legs(draw, value)}
        case _:
            return {}


def _share(draw: Draw, share: Fields) -> Fields:
    less = draw.of((-2, -1, 1))
    return {
        name: max(0, limit + less) if isinstance(limit, int) else limit
        for name, limit in share.items()
    }


def _legs(draw: Draw, legs: list[Fields]) -> list[Fields]:
    first, *rest = legs
    match draw.of(("quantity", "quantity", "source", "source", "ends", "fewer", "advances")):
        case "quantity":
            first = first | {"quantity": max(1, first["quantity"] + draw.of((-1, 1, 2)))}
        case "source":
            name = draw.grant()
            grant = draw.state.grants.get(name)
            first = first | {"grant": name, "unit": grant.unit if grant else draw.of(UNITS)}
        case "ends":
            first = first | {"ends": not first.get("ends")}
        case "advances":
            first = first | {"advances": []}
        case _:
            return rest or legs
    return [first, *rest]
