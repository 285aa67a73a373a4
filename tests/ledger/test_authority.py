"""Who may do what, over which units, for how much, until when (rule 6 and its table)."""

from typing import Any

import pytest

from tests.support.division import SPEECH, VISION, give, tree
from tests.support.in_memory import InMemory, day
from tests.support.truth import proposed

GRANT = ("grant", {"unit": VISION, "quantity": 1})
RETURN = ("release", {"unit": VISION, "quantity": 1})
RECLAIM = ("release", {"unit": VISION, "quantity": 1, "kind": "reclaimed", "reason": "r"})
UNSTATED = ("release", {"unit": VISION, "quantity": 1, "kind": "unstated"})
INSIDE = ("reallocate", {"from": [{"unit": VISION, "quantity": 1}], "to": SPEECH, "reason": "r"})
ACROSS = (
    "reallocate",
    {"from": [{"unit": VISION, "quantity": 1}], "to": "products/app", "reason": "r"},
)
COUNTED = ("change_capacity", {"kind": "counted", "total": 256})
HEADROOM = ("change_capacity", {"kind": "headroom", "total": 1})
OPEN = ("open_pool", {"pool": "a100"})
TEAM = ("create_unit", {"unit": "research/new", "parent": "research"})
PROJECT = ("create_unit", {"unit": "research/p", "parent": "research", "kind": "project"})
RENAME = ("rename_unit", {"unit": VISION, "name": "Seeing"})
RENAME_PROJECT = ("rename_unit", {"unit": "products/app", "name": "App"})
MOVE = ("move_unit", {"unit": VISION, "parent": "products"})
NOTE = ("note", {"about": {"unit": VISION}, "text": "words"})
LEAD = ("delegate", {"to": "eve", "role": "lead", "unit": VISION})
STEWARD = ("delegate", {"to": "eve", "role": "steward", "unit": VISION})
TRIED = (
    GRANT, RETURN, RECLAIM, UNSTATED, INSIDE, ACROSS, COUNTED, HEADROOM, OPEN, TEAM, PROJECT,
    RENAME, RENAME_PROJECT, MOVE, NOTE, LEAD, STEWARD,
)  # fmt: skip

OF_A_POOL = ("grant", "release", "reallocate", "change_capacity")
MAY: dict[tuple[str | None, str | None], tuple[Any, ...]] = {
    ("operator", "lab"): (
        GRANT, RETURN, RECLAIM, INSIDE, ACROSS, COUNTED, HEADROOM, PROJECT, RENAME_PROJECT, NOTE,
    ),
    ("operator", "research"): (GRANT, RETURN, RECLAIM, INSIDE, PROJECT, NOTE),
    ("operator", VISION): (GRANT, RETURN, RECLAIM, NOTE),
    ("operator", "research-ops"): (NOTE,),
    ("decider", "lab"): (
        GRANT, RETURN, RECLAIM, INSIDE, ACROSS, HEADROOM, PROJECT, RENAME_PROJECT, NOTE, LEAD,
    ),
    ("decider", "research"): (GRANT, RETURN, RECLAIM, INSIDE, PROJECT, NOTE, LEAD),
    ("steward", "lab"): (
        COUNTED, OPEN, TEAM, PROJECT, RENAME, RENAME_PROJECT, MOVE, NOTE, LEAD, STEWARD,
    ),
    ("steward", "research"): (TEAM, PROJECT, RENAME, NOTE, LEAD, STEWARD),
    ("lead", "research"): (RETURN, RECLAIM, INSIDE, NOTE),
    ("lead", VISION): (RETURN, RECLAIM, NOTE),
    ("importer", "lab"): (RETURN, UNSTATED, NOTE),
    ("auditor", "lab"): (NOTE,),
    (None, None): (),
}  # fmt: skip


@pytest.mark.parametrize("held", MAY, ids=lambda held: f"{held[0]} over {held[1]}")
def test_exactly_what_the_table_permits_passes(held: tuple[str | None, str | None]) -> None:
    ledger = tree()
    if held[0] is not None and held[1] is not None:
        give(ledger, "ann", held[0], held[1])
    passed: list[Any] = []
    for tried in TRIED:
        do, fields = tried
        named: dict[str, Any] = (
            {"pool": "h100"} if do in ("grant", "release", "reallocate", "change_capacity") else {}
        )
        given = ledger.ask(do, by="ann", dry_run=True, **{**named, **fields})
        assert given.status == 200 or given.code == "NotYoursToDecide", given.body
        if given.status == 200:
            passed.append(tried)
    assert passed == list(MAY[held])


def test_the_event_names_the_delegations_it_rests_on_narrowest_first() -> None:
    ledger = tree()
    wide = give(ledger, "ann", "operator", "lab")
    narrow = give(ledger, "ann", "operator", "research")
    event = ledger.tell("grant", by="ann", pool="h100", unit=VISION, quantity=1)[0]
    assert event["authority"] == [narrow]
    moved = ledger.tell("reallocate", by="ann", pool="h100", **ACROSS[1])[0]
    assert moved["authority"] == [narrow, wide]


def test_a_delegation_over_some_pools_covers_no_others() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab", pools=["h100"])
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=8)
    said = ledger.refusal("grant", by="ann", pool="a100", unit=VISION, quantity=1)
    assert said["code"] == "NotYoursToDecide"
    assert said["detail"] == (
        "This needs decider or operator over research/vision for a100; "
        "ann is operator over lab for h100"
    )


def test_most_bounds_what_a_decision_moves_in_sum() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab", most=16)
    leg = {"do": "grant", "pool": "h100", "unit": VISION, "quantity": 8}
    ledger.tell("decision", by="ann", legs=[leg, leg])
    said = ledger.refusal("decision", by="ann", legs=[leg, leg, leg | {"quantity": 1}])
    assert (said["code"], said["status"]) == ("NotYoursToDecide", 403)
    assert said["arithmetic"] == {
        "measure": "most", "pool": "h100", "unit": "lab", "asked": 17, "limit": 16,
    }  # fmt: skip


def test_most_bounds_what_was_moved_by_who_gives_the_delegation_up_afterwards() -> None:
    ledger = tree()
    give(ledger, "ann", "steward", "lab")
    limited = give(ledger, "ann", "decider", "research", most=16)
    over = {"do": "grant", "pool": "h100", "unit": VISION, "quantity": 17}
    gone = {"do": "revoke", "delegation": limited}
    said = ledger.refusal("decision", by="ann", legs=[over, gone])
    assert (said["code"], said["arithmetic"]["asked"]) == ("NotYoursToDecide", 17)
    said = ledger.refusal("decision", by="ann", legs=[gone, over])
    assert said["code"] == "NotYoursToDecide"
    [granted, _] = ledger.tell("decision", by="ann", legs=[over | {"quantity": 16}, gone])
    assert granted["authority"] == [limited]


def test_most_bounds_what_is_moved_at_every_instant() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab", most=8)
    grant = {"do": "grant", "pool": "h100", "unit": VISION, "quantity": 16}
    later = {"do": "release", "pool": "h100", "unit": VISION, "quantity": 16}
    said = ledger.refusal("decision", by="ann", legs=[grant, later | {"effective_at": day(900)}])
    assert (said["code"], said["arithmetic"]["asked"]) == ("NotYoursToDecide", 16)
    ledger.tell("decision", by="ann", legs=[grant, later])
    ends = grant | {"quantity": 8, "ends_at": day(5)}
    ledger.tell("decision", by="ann", legs=[ends, ends | {"starts_at": day(5), "ends_at": day(9)}])


def test_a_delegation_that_is_too_small_gives_way_to_a_wider_one() -> None:
    ledger = tree()
    wide = give(ledger, "ann", "operator", "lab")
    give(ledger, "ann", "operator", "research", most=4)
    event = ledger.tell("grant", by="ann", pool="h100", unit=VISION, quantity=8)[0]
    assert event["authority"] == [wide]


@pytest.mark.parametrize("led", [VISION, "research", "lab"])
def test_giving_to_what_one_leads_needs_a_second_person(led: str) -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab")
    give(ledger, "ann", "lead", led)
    proposed(ledger, "grant", by="ann", pool="h100", unit=VISION, quantity=1)
    ledger.tell("release", by="ann", pool="h100", unit=VISION, quantity=1)


def test_leading_a_unit_below_the_one_that_gains_needs_a_second_person_too() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab")
    give(ledger, "ann", "lead", VISION)
    proposed(ledger, "grant", by="ann", pool="h100", unit="research", quantity=1)


def test_a_lead_moves_units_about_inside_what_they_lead() -> None:
    ledger = tree()
    give(ledger, "ann", "lead", "research")
    ledger.tell("reallocate", by="ann", pool="h100", **INSIDE[1])
    give(ledger, "ann", "operator", "lab")
    proposed(
        ledger, "reallocate", by="ann", pool="h100", to=VISION, reason="r",
        from_=[{"unit": "products/app", "quantity": 1}],
    )  # fmt: skip


def test_a_class_is_not_for_leads_to_change() -> None:
    ledger = tree()
    ledger.grant(VISION, 8, borrowed=True)
    give(ledger, "ann", "lead", "research")
    give(ledger, "eve", "operator", "research")
    ask: dict[str, Any] = {"pool": "h100", "to": VISION, "reason": "r"} | {
        "from_": [{"unit": VISION, "quantity": 8}]
    }
    assert ledger.refusal("reallocate", by="ann", **ask)["status"] == 403
    ledger.tell("reallocate", by="eve", **ask)


def test_a_lead_over_the_tree_not_over_the_string() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "research")
    assert ledger.refusal("grant", by="ann", pool="h100", unit="research-ops", quantity=1)[
        "status"
    ] == (403)
    ledger.tell("move_unit", unit=VISION, parent="products")
    assert ledger.refusal("grant", by="ann", pool="h100", unit=VISION, quantity=1)["status"] == 403


def test_names_are_judged_before_rights_and_rights_before_rules() -> None:
    ledger = tree()

    def status(unit: str) -> int:
        said = ledger.refusal("grant", by="eve", pool="h100", unit=unit, quantity=999)
        return said["status"]

    assert status("nobody") == 404
    assert status(VISION) == 403
    limited = give(ledger, "eve", "operator", "lab", most=4)
    assert status(VISION) == 403
    ledger.tell("revoke", delegation=limited)
    give(ledger, "eve", "operator", "lab")
    assert status(VISION) == 409


def test_the_founder_leads_nothing_and_has_four_roles() -> None:
    ledger = InMemory(backdate_days=3)
    assert [event.topic for event in map(_Topic, ledger.events)] == [
        "unit-created.v1", *["authority-delegated.v1"] * 4, "rules-set.v1",
    ]  # fmt: skip
    assert [e.position for e in ledger.events] == [1, 2, 3, 4, 5, 6]
    assert {e.decision for e in ledger.events} == {ledger.events[0].decision}
    assert all(e.authority == () for e in ledger.events)
    assert ledger.events[0].effective_at == "1970-01-01T00:00:00.000000Z"
    assert ledger.state.setting("backdate_days", None, ledger.now) == 3


class _Topic:
    def __init__(self, event: Any) -> None:
        self.topic = event.__struct_config__.tag
