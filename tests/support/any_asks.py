"""Anything that can be asked, drawn about what a state knows: most of it sensible, not all."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.support.any_corrections import correct
from tests.support.drawing import DAY, UNITS, Draw

Fields = dict[str, Any]
PEOPLE: Final = ("founder", "second", "op", "lead", "nobody")


class AnyAsk(NamedTuple):
    """A command as fields, and who gives it."""

    do: str
    by: str
    fields: Fields


def any_ask(draw: Draw) -> AnyAsk:
    """One command, a decision of several, or a word about what waits for a second person."""
    waiting = [name for name, one in draw.state.proposals.items() if one.ended is None]
    if waiting and draw.chance(0.2):
        return _about(draw, draw.of(waiting))
    by = "founder" if draw.chance(0.75) else draw.of(PEOPLE)
    top: Fields = {}
    if draw.chance(0.3):
        top["overrides"] = [word for word in ("floor", "notice", "breach") if draw.chance(0.5)]
    if draw.chance(0.1):
        top |= {"seen": draw.up_to(draw.state.position + 2), "if_unchanged": True}
    if draw.chance(0.08):
        top["propose"] = True
    if draw.chance(0.2):
        legs = [_leg(draw) for _ in range(draw.of((2, 2, 3, 4)))]
        return AnyAsk("decision", by, top | {"legs": [{"do": do, **leg} for do, leg in legs]})
    do, fields = _leg(draw)
    if do == "decide_request" and draw.chance(0.7):
        by = "second"  # nobody decides what they asked for
    return AnyAsk(do, by, fields | top)


def any_plan(draw: Draw) -> Fields:
    """What a plan is asked with."""
    draw.turn()
    return {"pool": "h100", "unit": draw.unit(), "quantity": draw.few(),
            "by": draw.at(abs(draw.seconds)), "ends_at": draw.at(12 * DAY)}  # fmt: skip


def _about(draw: Draw, proposal: str) -> AnyAsk:
    by = draw.of(("second", "founder", "op"))
    if draw.chance(0.75):
        return AnyAsk("confirm", by, {"proposal": proposal})
    outcome = draw.of(("rejected", "withdrawn"))
    return AnyAsk("close_proposal", by, {"proposal": proposal, "outcome": outcome, "reason": "No"})


def _leg(draw: Draw) -> tuple[str, Fields]:
    draw.turn()
    do: str = draw.random.choices(list(_KINDS), [often for often, _ in _KINDS.values()])[0]
    fields = {"reason": "Because"} | _KINDS[do][1](draw)
    if do in ("grant", "release", "reallocate", "lend") and draw.chance(0.1):
        fields["request"] = draw.request()
    return do, fields


def _grant(draw: Draw) -> Fields:
    return {"unit": draw.unit(), "quantity": draw.few(), **_window(draw)}


def _window(draw: Draw) -> Fields:
    return {"pool": draw.pool(), "effective_at": draw.at(), "ends_at": draw.perhaps(draw.end()),
            "borrowed": draw.chance(0.4)}  # fmt: skip


def _release(draw: Draw) -> Fields:
    how = {"effective_at": draw.at(), "advance": draw.chance(0.7),
           "kind": draw.of(("returned", "returned", "reclaimed", "unstated"))}  # fmt: skip
    if draw.chance(0.6):
        named = {one["grant"]: one for one in (draw.of_grant(), draw.of_grant())}
        return how | {"grants": list(named.values())[: draw.of((1, 2))]}
    future = draw.chance(0.2)
    return how | {"pool": draw.pool(), "unit": draw.unit(), "future": future,
                  "quantity": "all" if future else draw.of((1, 2, "all"))}  # fmt: skip


def _reallocate(draw: Draw) -> Fields:
    named = {one["grant"]: one for one in (draw.of_grant(), draw.of_grant())}
    sources = list(named.values())[: draw.of((1, 1, 2))]
    if draw.chance(0.4):
        sources[0] = {"unit": draw.unit(), "quantity": draw.of((1, 2, 3, "all"))}
    return _window(draw) | {"from": sources, "to": draw.unit(), "advance": draw.chance(0.7)}


def _lend(draw: Draw) -> Fields:
    named = draw.of_grant()
    quantity = named.pop("quantity")
    lender = {"unit": draw.unit()} if draw.chance(0.4) else named
    return {"pool": draw.pool(), "from": lender, "to": draw.unit(), "quantity": quantity,
            "starts_at": draw.at(), "returns_at": draw.end()}  # fmt: skip


def _capacity(draw: Draw) -> Fields:
    kind = draw.of(("counted", "headroom", "installed", "retired", "lost", "restored"))
    much = {"total": draw.of((20, 24, 28, 40))} if kind == "counted" else {}
    much = much or {"total" if kind == "headroom" else "quantity": 1 + draw.up_to(11)}
    return {"pool": draw.pool(), "kind": kind, "effective_at": draw.at(), **much}


def _split(draw: Draw) -> Fields:
    parent = draw.of(unit.parent for unit in draw.state.units.values() if unit.parent)
    below = [name for name, unit in draw.state.units.items() if unit.parent == parent]
    shares: list[Fields] = []
    for unit in draw.some(below):
        limits = sorted(draw.up_to(16) for _ in range(3))
        named = zip(("floor", "amount", "cap"), limits, strict=True)
        shares.append({"unit": unit, **{name: one for name, one in named if draw.chance(0.6)}})
    return {"pool": draw.pool(), "parent": parent, "shares": shares,
            "effective_at": draw.at(), "until": draw.perhaps(draw.end())}  # fmt: skip


def _note(draw: Draw) -> Fields:
    about = draw.of(("unit", "grant", "position"))
    named = {"unit": draw.unit, "grant": draw.grant, "position": lambda: draw.state.position}
    return {"about": {about: named[about]()}, "text": "Seen"}


def _delegate(draw: Draw) -> Fields:
    return {"to": draw.of(PEOPLE), "unit": draw.of(("lab", *UNITS)),
            "role": draw.of(("steward", "decider", "operator", "lead", "importer")),
            "until": draw.perhaps(draw.end()), "most": draw.perhaps(4),
            "pools": draw.perhaps(["h100"])}  # fmt: skip


def _rules(draw: Draw) -> Fields:
    return {"pool": draw.perhaps("h100"), "second_person_from": draw.perhaps(draw.of((3, 8, 100))),
            "notice_days": draw.perhaps(draw.up_to(2)), "backdate_days": draw.of((0, 7, 30)),
            "effective_at": draw.at(abs(draw.offset()))}  # fmt: skip


def _pledge(draw: Draw) -> Fields:
    much = draw.of(
        ({"quantity": draw.few()}, {"share_bp": 500, "of_unit": draw.unit()}, {"share_bp": 1000})
    )
    return {
        "to_unit": draw.unit(),
        "pools": ["h100"],
        "from": draw.at(),
        "until": draw.end(),
    } | much


def _request(draw: Draw) -> Fields:
    draw.seconds = max(draw.seconds, 0)
    return {"unit": draw.unit(), "pools": ["h100"], "quantity": draw.few(), "starts_at": draw.at(),
            "ends_at": draw.end(), "justification": "It is needed"}  # fmt: skip


def _decide(draw: Draw) -> Fields:
    how = draw.of((
        {"outcome": "approved"}, {"outcome": "denied"}, {"outcome": "deferred"},
        {"outcome": "partly", "awarded": [{"pool": "h100", "quantity": 1}], "rest": "waits"},
    ))  # fmt: skip
    return {"request": draw.request(), **how}


_KINDS: Final[dict[str, tuple[int, Callable[[Draw], Fields]]]] = {
    "grant": (6, _grant),
    "release": (6, _release),
    "reallocate": (6, _reallocate),
    "lend": (5, _lend),
    "extend": (3, lambda draw: {"grant": draw.grant(), "ends_at": draw.perhaps(draw.end())}),
    "correct": (10, correct),
    "change_capacity": (2, _capacity),
    "split": (3, _split),
    "forecast": (2, lambda draw: {"grant": draw.grant(), "steps": [
        {"quantity": draw.up_to(3), "expected_at": draw.at(abs(draw.offset()) + 1)}]}),
    "note": (1, _note),
    "create_unit": (1, lambda draw: {"unit": draw.name(), "parent": draw.of(draw.state.units)}),
    "rename_unit": (1, lambda draw: {"unit": draw.unit(), "name": draw.name()}),
    "move_unit": (1, lambda draw: {"unit": draw.unit(), "parent": draw.of(("lab", *UNITS))}),
    "close_unit": (1, lambda draw: {"unit": draw.of(draw.state.units)}),
    "open_pool": (1, lambda draw: {"pool": draw.name()}),
    "close_pool": (1, lambda draw: {"pool": draw.of(draw.state.pools)}),
    "delegate": (2, _delegate),
    "revoke": (1, lambda draw: {"delegation": draw.of(draw.state.delegations)}),
    "set_rules": (1, _rules),
    "set_rate": (1, lambda draw: {"pool": draw.pool(), "h100_milli": draw.few(),
                                  "from": draw.at()}),
    "pledge": (1, _pledge),
    "revise_pledge": (1, lambda draw: {"pledge": draw.pledge(), "quantity": draw.few(),
                                       "of_unit": None, "from": draw.at()}),
    "withdraw_pledge": (1, lambda draw: {"pledge": draw.pledge(), "from": draw.at()}),
    "request": (2, _request),
    "amend_request": (1, lambda draw: {"request": draw.request(), "quantity": draw.few()}),
    "withdraw_request": (1, lambda draw: {"request": draw.request()}),
    "decide_request": (2, _decide),
    "appeal": (1, lambda draw: {"request": draw.request()}),
}  # fmt: skip
"""How often each is drawn, and how."""
