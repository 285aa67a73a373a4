"""Who may correct: whoever may record the original and the replacement today, for others."""

from typing import Any

import pytest

from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import proposed, refused, told

POOL = "h100"
PEOPLE = ("lead-a", "op-a", "dec-a", "lead-b", "op-b", "op-all", "lead-all", "steward", "importer")


def staffed() -> InMemory:
    """People over alpha, over beta, and over all of the laboratory."""
    ledger = lab("alpha", "beta", total=512)
    roles = {"op": "operator", "dec": "decider"}
    for who in PEOPLE:
        role, _, side = who.partition("-")
        unit = {"a": "alpha", "b": "beta"}.get(side, "lab")
        ledger.tell("delegate", to=who, role=roles.get(role, role), unit=unit)
    return ledger


def granted(ledger: InMemory) -> tuple[str, int]:
    made = ledger.tell("grant", pool=POOL, unit="alpha", quantity=64)[0]
    return made["data"]["grant"], made["position"]


def may(do: str, *, among: tuple[str, ...] = PEOPLE) -> set[str]:
    """Those who may say of an event, recorded by the founder, what is asked here."""
    allowed: set[str] = set()
    for who in among:
        ledger = staffed()
        position, fields = ASKED[do](ledger)
        assert position
        given = ledger.ask("correct", by=who, **fields)
        assert given.status == 201 or given.code == "NotYoursToDecide", given.body
        if given.status == 201:
            allowed.add(who)
    return allowed


def _grant_less(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    _, position = granted(ledger)
    return position, quantity(ledger, position, 32)


def _grant_elsewhere(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    _, position = granted(ledger)
    return position, instead(ledger, position, unit="beta")


def _release(ledger: InMemory, kind: str) -> tuple[int, dict[str, Any]]:
    name, _ = granted(ledger)
    named = [{"grant": name, "quantity": 16}]
    position = ledger.tell("release", grants=named, kind=kind, reason="r",
                           effective_at=day(30))[0]["position"]  # fmt: skip
    return position, never(ledger, position)


def _returned(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _release(ledger, "returned")


def _reclaimed(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _release(ledger, "reclaimed")


def _more_reclaimed(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    position, _ = _release(ledger, "reclaimed")
    return position, quantity(ledger, position, 24)


def _move(ledger: InMemory, **changes: Any) -> tuple[int, dict[str, Any]]:
    name, _ = granted(ledger)
    position = ledger.tell("reallocate", pool=POOL, to="beta", effective_at=day(30), reason="r",
                           from_=[{"grant": name, "quantity": 16}])[0]["position"]  # fmt: skip
    if changes:
        return position, quantity(ledger, position, changes["count"])
    return position, never(ledger, position)


def _more_moved(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _move(ledger, count=24)


def _lend(ledger: InMemory) -> tuple[str, int]:
    name, _ = granted(ledger)
    made = ledger.tell("lend", pool=POOL, from_={"grant": name}, quantity=16, to="beta",
                       starts_at=day(5), returns_at=day(30))[0]  # fmt: skip
    return made["data"]["to_grant"], made["position"]


def _loan(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    _, position = _lend(ledger)
    return position, quantity(ledger, position, 8)


def _recall(ledger: InMemory, number: int | None) -> tuple[int, dict[str, Any]]:
    loan, _ = _lend(ledger)
    position = ledger.tell("extend", grant=loan, ends_at=day(20), reason="r")[0]["position"]
    if number is None:
        return position, never(ledger, position)
    return position, instead(ledger, position, ends_at=day(number))


def _sooner_recalled(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _recall(ledger, 15)


def _later_recalled(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _recall(ledger, 25)


def _not_recalled(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _recall(ledger, None)


def _end(ledger: InMemory, number: int) -> tuple[int, dict[str, Any]]:
    name, _ = granted(ledger)
    position = ledger.tell("extend", grant=name, ends_at=day(30), reason="r")[0]["position"]
    return position, instead(ledger, position, ends_at=day(number))


def _sooner_ended(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _end(ledger, 20)


def _later_ended(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    return _end(ledger, 40)


def _counted(ledger: InMemory) -> tuple[int, dict[str, Any]]:
    position = next(
        fact["position"] for fact in ledger.facts() if fact["topic"] == "capacity-changed.v1"
    )
    return position, instead(ledger, position, total=500)


ASKED = {
    "less granted": _grant_less, "granted elsewhere": _grant_elsewhere,
    "a release cancelled": _returned, "a reclaim cancelled": _reclaimed,
    "more reclaimed": _more_reclaimed, "a move cancelled": _move, "more moved": _more_moved,
    "a loan smaller": _loan, "recalled sooner": _sooner_recalled,
    "recalled later": _later_recalled, "not recalled": _not_recalled,
    "ended sooner": _sooner_ended, "ended later": _later_ended, "counted otherwise": _counted,
}  # fmt: skip
BOTH = {"op-all"}
OVER_A = {"op-a", "dec-a", "op-all"}


@pytest.mark.parametrize(
    ("what", "who"),
    [
        ("less granted", OVER_A),
        ("granted elsewhere", BOTH),
        ("a release cancelled", OVER_A | {"lead-a", "lead-all", "importer"}),
        ("a reclaim cancelled", OVER_A),
        ("more reclaimed", OVER_A | {"lead-a", "lead-all"}),
        ("a move cancelled", BOTH | {"lead-all"}),
        ("more moved", BOTH),
        ("a loan smaller", OVER_A | {"lead-a", "lead-all"}),
        ("recalled sooner", OVER_A | {"lead-a", "lead-all", "lead-b", "op-b"}),
        ("recalled later", OVER_A | {"lead-a", "lead-all"}),
        ("not recalled", OVER_A | {"lead-a", "lead-all"}),
        ("ended sooner", OVER_A | {"lead-a", "lead-all"}),
        ("ended later", OVER_A),
        ("counted otherwise", BOTH | {"steward"}),
    ],
)
def test_who_may_record_it_today_may_say_it_instead(what: str, who: set[str]) -> None:
    assert may(what) == who


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({"at": day(25)}, True),
        ({"at": day(15)}, False),
        ({"ends_at": day(80)}, True),
        ({"ends_at": day(95)}, False),
        ({"count": 9}, True),
        ({"count": 11}, False),
        ({"to_unit": "three"}, False),
        ({"class_": "borrowed"}, False),
        ({"grant": 1}, False),
    ],
)
def test_a_lead_over_both_sides_has_a_move_be_less_of_the_same_and_nothing_else(
    changes: dict[str, Any], passes: bool
) -> None:
    ledger = lab("alpha")
    for unit in ("one", "two", "three"):
        ledger.tell("create_unit", unit=unit, parent="alpha")
    ledger.tell("delegate", to="lea", role="lead", unit="alpha")
    grants = [ledger.grant("one", 20, ends_at=day(100)) for _ in range(2)]
    source = [{"grant": grants[0], "quantity": 10}]
    [moved] = ledger.tell("reallocate", pool=POOL, from_=source, to="two", reason="r",
                          effective_at=day(20), ends_at=day(90))  # fmt: skip
    said: dict[str, Any] = {"count": 10, "grant": 0, **changes}
    count, which = said.pop("count"), said.pop("grant")
    legs = [{"grant": grants[which], "unit": "one", "quantity": count}]
    asked = instead(ledger, moved["position"], quantity=count, legs=legs, **said)
    assert ledger.ask("correct", dry_run=True, **asked).status == 200
    if passes:
        told(ledger, "correct", by="lea", **asked)
    else:
        refused(ledger, "correct", "NotYoursToDecide", by="lea", **asked)


def test_nobody_gives_to_what_they_lead_by_correcting() -> None:
    ledger = staffed()
    name, position = granted(ledger)
    for role in ("lead", "operator"):
        ledger.tell("delegate", to="both", role=role, unit="alpha" if role == "lead" else "lab")
    proposed(ledger, "correct", by="both", **quantity(ledger, position, 128))
    named = [{"grant": name, "quantity": 16}]
    taken = ledger.tell("release", grants=named, kind="reclaimed", reason="r")[0]["position"]
    proposed(ledger, "correct", by="both", **never(ledger, taken))
    ended = ledger.tell("extend", grant=name, ends_at=day(30), reason="r")[0]["position"]
    later = instead(ledger, ended, ends_at=day(40))
    proposed(ledger, "correct", by="both", **later)
    told(ledger, "correct", by="both", **quantity(ledger, position, 32))
    told(ledger, "correct", by="op-all", **never(ledger, taken))


def test_the_event_names_what_it_rests_on_and_most_is_counted() -> None:
    ledger = lab("alpha", total=512)
    _, position = granted(ledger)
    given = ledger.tell("delegate", to="small", role="operator", unit="alpha", most=16)[0]
    event = told(ledger, "correct", by="small", **quantity(ledger, position, 80))[0]
    assert event["authority"] == [given["data"]["delegation"]]
    refused(ledger, "correct", "NotYoursToDecide", by="small", **quantity(ledger, position, 97))


def test_who_has_lost_the_authority_since_does_not_correct_what_they_did() -> None:
    ledger = staffed()
    made = ledger.tell("grant", by="op-a", pool=POOL, unit="alpha", quantity=64)[0]
    position = made["position"]
    ledger.tell("revoke", delegation=made["authority"][0])
    less = quantity(ledger, position, 32)
    refused(ledger, "correct", "NotYoursToDecide", by="op-a", **less)
    told(ledger, "correct", by="dec-a", **less)
