"""How far back a fact may begin, and who may say so (two clocks)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ledger.periods import shifted
from tests.support.correcting import WORDS, Fields, instead
from tests.support.division import VISION, give, tree
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import proposed, refused, told


@pytest.mark.parametrize(
    ("back", "who", "reason", "code"),
    [
        (0.003, "ann", None, None),
        (0.004, "ann", None, "WordsMissing"),
        (6.9, "ann", "forgotten", None),
        (7.1, "ann", None, "WordsMissing"),
        (7.1, "ann", "forgotten", "second_person"),
        (7.1, "eve", "forgotten", None),
        (7.1, "eve", None, "WordsMissing"),
    ],
)
def test_how_far_back_a_fact_may_begin(
    back: float, who: str, reason: str | None, code: str | None
) -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab")
    give(ledger, "eve", "operator", "lab")
    importer = give(ledger, "eve", "importer", "lab")
    ledger.go_to(day(10))
    given = ledger.ask(
        "grant", by=who, pool="h100", unit=VISION, quantity=1, effective_at=day(10 - back),
        reason=reason,
    )  # fmt: skip
    assert (given.code or ("second_person" if given.status == 202 else None)) == code, given.body
    if code is None and back > 7:
        assert importer in ledger.events[-1].authority


def test_only_an_importer_dates_units_and_pools_back() -> None:
    ledger = tree()
    give(ledger, "ann", "steward", "lab")
    ledger.go_to(day(1))
    for do, fields in (("create_unit", {"unit": "u"}), ("open_pool", {"pool": "p"})):
        said = ledger.refusal(do, by="ann", effective_at=day(0), reason="r", **fields)
        assert said["code"] == "TooFarBack"
        assert ledger.refusal(do, effective_at=day(0), **fields)["code"] == "WordsMissing"
        ledger.tell(do, effective_at=day(-900), reason="r", **fields)


@pytest.mark.parametrize(
    ("back", "reason", "status", "code"),
    [
        (timedelta(minutes=5), None, 201, None),
        (timedelta(minutes=5, microseconds=1), None, 409, "WordsMissing"),
        (timedelta(days=7), "forgotten", 201, None),
        (timedelta(days=7, microseconds=1), "forgotten", 202, None),
    ],
)
def test_the_last_instant_that_needs_no_words_and_no_second_person(
    back: timedelta, reason: str | None, status: int, code: str | None
) -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab")
    ledger.go_to(day(10))
    at = shifted(day(10), -back)
    given = ledger.ask("grant", by="ann", pool="h100", unit=VISION, quantity=1, effective_at=at,
                       reason=reason)  # fmt: skip
    assert (given.status, given.code) == (status, code), given.body


def test_a_loss_dated_far_back_needs_an_importer_over_the_root() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab")
    give(ledger, "ann", "importer", "research")
    ledger.go_to(day(40))
    lost = {"pool": "h100", "kind": "lost", "quantity": 8, "effective_at": day(5)}
    refused(ledger, "change_capacity", "WordsMissing", by="ann", **lost)
    proposed(ledger, "change_capacity", by="ann", **lost, reason=WORDS)
    importer = give(ledger, "ann", "importer", "lab")
    [event] = told(ledger, "change_capacity", by="ann", **lost, reason=WORDS)
    assert importer in event["authority"]


def _moves(ledger: InMemory, held: str, loan: str) -> tuple[str, Fields]:
    del loan
    return "reallocate", {"pool": "h100", "from": [{"grant": held, "quantity": 4}], "to": "beta",
                          "effective_at": day(5), "reason": WORDS}  # fmt: skip


def _recalls(ledger: InMemory, held: str, loan: str) -> tuple[str, Fields]:
    del held
    return "extend", {"grant": loan, "ends_at": day(40), "reason": WORDS}


def _says_it_was_of_the_other(ledger: InMemory, held: str, loan: str) -> tuple[str, Fields]:
    del loan
    return "correct", instead(ledger, ledger.state.grants[held].made, unit="beta")


def _gives_back_early(ledger: InMemory, held: str, loan: str) -> tuple[str, Fields]:
    del ledger, held
    return "release", {"grants": [{"grant": loan, "quantity": 4}], "effective_at": day(30),
                       "reason": WORDS}  # fmt: skip


def _says_it_was_recalled_sooner(ledger: InMemory, held: str, loan: str) -> tuple[str, Fields]:
    del held
    ledger.tell("extend", grant=loan, ends_at=day(45), reason=WORDS)
    return "correct", instead(ledger, len(ledger.events), ends_at=day(40))


SHARED = [
    _moves, _recalls, _says_it_was_of_the_other, _gives_back_early, _says_it_was_recalled_sooner,
]  # fmt: skip


@pytest.mark.parametrize("what", SHARED)
@pytest.mark.parametrize(("first", "second"), [("alpha", "beta"), ("beta", "alpha")])
def test_what_two_units_share_is_dated_far_back_by_an_importer_over_both(
    what: Callable[[InMemory, str, str], tuple[str, Fields]], first: str, second: str
) -> None:
    ledger = lab("alpha", "beta")
    held, lender = ledger.grant("alpha", 8), ledger.grant("alpha", 8, ends_at=day(100))
    [lent] = ledger.tell("lend", pool="h100", from_={"grant": lender}, to="beta", quantity=8,
                         returns_at=day(50))  # fmt: skip
    ledger.go_to(day(60))
    give(ledger, "ian", "operator", "lab")
    give(ledger, "ian", "importer", first)
    do, fields = what(ledger, held, lent["data"]["to_grant"])
    proposed(ledger, do, by="ian", **fields)
    give(ledger, "ian", "importer", second)
    [event] = told(ledger, do, by="ian", **fields)
    roles = [ledger.state.delegations[one].role for one in event["authority"]]
    assert roles.count("importer") == 2


def test_another_class_changes_a_grant_from_its_beginning_on() -> None:
    ledger = lab("alpha")
    ledger.grant("alpha", 8, ends_at=day(90))
    made = len(ledger.events)
    give(ledger, "ann", "operator", "lab")
    ledger.go_to(day(30))
    shorter = instead(ledger, made, ends_at=day(80))
    assert ledger.ask("correct", by="ann", dry_run=True, **shorter).status == 200
    both = instead(ledger, made, ends_at=day(80), class_="borrowed")
    proposed(ledger, "correct", by="ann", **both)
    told(ledger, "correct", **both)
