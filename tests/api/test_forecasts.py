"""Who is about to finish: forecasts, how late they come true, and what they add to the supply."""

from typing import Any

from fastapi.testclient import TestClient

from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"
NOV_1, NOV_15, NOV_24, DEC_1, DEC_10, NEW_YEAR = (day(n) for n in (304, 318, 327, 334, 343, 365))
TODAY = {"from": NOV_24, "until": NEW_YEAR}


def foresee(ledger: InMemory, grant: str, *steps: tuple[int, str], sure: str = "medium") -> int:
    """Say what a grant is expected to give back."""
    said = [{"quantity": quantity, "expected_at": at} for quantity, at in steps]
    return ledger.tell("forecast", grant=grant, steps=said, confidence=sure)[0]["position"]


def slipping() -> tuple[InMemory, str]:
    """64 of 128 expected for 1 November, then for the 15th, then for 1 December."""
    ledger = lab("alpha", "beta", total=128)
    grant = ledger.grant("alpha", 128)
    for told_on, due in ((280, NOV_1), (305, NOV_15), (319, DEC_1)):
        ledger.go_to(day(told_on))
        foresee(ledger, grant, (64, due))
    return ledger, grant


def curve(doors: TestClient, name: str, **params: Any) -> list[tuple[str, int]]:
    """When and how much is free, by one curve."""
    found = read(doors, "/v1/supply", pool=POOL, **{**TODAY, **params})
    return [(one["at"], one["free"] - one["short"]) for one in found[name]]


def test_a_forecast_that_slipped_is_likely_as_late_as_it_was_before(
    migrated_database: str,
) -> None:
    ledger, grant = slipping()
    with reading(migrated_database, ledger) as doors:
        (found,) = read(doors, "/v1/forecasts", valid_at=NOV_24)["items"]
        assert (found["grant"], found["slip_days"], found["revised"]) == (grant, 9, 2)
        assert found["steps"] == [{"quantity": 64, "expected_at": DEC_1}]
        assert found["expected"] == [{"quantity": 64, "expected_at": DEC_10}]
        assert curve(doors, "certain") == [(NOV_24, 0)]
        assert curve(doors, "likely") == [(NOV_24, 0), (DEC_10, 64)]
        assert curve(doors, "possible") == curve(doors, "likely")
        (cause,) = read(doors, "/v1/supply", pool=POOL, **TODAY)["likely"][1]["causes"]
        assert (cause["kind"], cause["quantity"], cause["grant"]) == ("forecast", 64, grant)


def test_each_belief_of_a_forecast_that_slips_has_its_own_curve(migrated_database: str) -> None:
    ledger, _ = slipping()
    first = len(ledger.events) - 2
    with reading(migrated_database, ledger) as doors:
        for known_at, asked, likely in (
            (first, day(281), NOV_1), (first + 1, day(306), NOV_15), (first + 2, NOV_24, DEC_10),
        ):  # fmt: skip
            found = curve(doors, "likely", known_at=known_at, **{"from": asked})
            assert found == [(asked, 0), (likely, 64)]
            assert curve(doors, "certain", known_at=known_at, **{"from": asked}) == [(asked, 0)]


def test_what_is_back_is_expected_no_more_and_what_is_left_is_never_more_than_is_in_hand(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", "beta", total=128)
    grant = ledger.grant("alpha", 64)
    foresee(ledger, grant, (32, day(10)), (32, day(20)))
    ledger.go_to(day(5))
    ledger.tell("release", grants=[{"grant": grant, "quantity": 8}])
    ledger.tell("reallocate", pool=POOL, from_=[{"grant": grant, "quantity": 40}], to="beta",
                effective_at=day(15), reason="moved")  # fmt: skip
    window = {"from": day(6), "until": day(30)}
    with reading(migrated_database, ledger) as doors:
        assert curve(doors, "likely", **window) == [
            (day(6), 72), (day(10), 96), (day(15), 72), (day(20), 88),
        ]  # fmt: skip
        assert curve(doors, "certain", **window) == [(day(6), 72)]


def test_an_end_takes_the_place_of_what_was_expected(migrated_database: str) -> None:
    ledger = lab("alpha", total=128)
    grant = ledger.grant("alpha", 64, ends_at=day(20))
    foresee(ledger, grant, (48, day(10)))
    with reading(migrated_database, ledger) as doors:
        found = read(doors, "/v1/supply", pool=POOL, **{"from": day(1), "until": day(30)})
        causes = [[(one["kind"], one["quantity"]) for one in step["causes"]]
                  for step in found["likely"]]  # fmt: skip
        assert causes == [[], [("forecast", 48)], [("end", 64), ("forecast", -48)]]
        assert found["likely"][-1]["free"] == found["certain"][-1]["free"] == 128


def test_what_is_overdue_is_likely_now_and_of_low_confidence_only_possible(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", "beta", total=128)
    sure, unsure = ledger.grant("alpha", 64), ledger.grant("beta", 32)
    foresee(ledger, sure, (64, day(3)), sure="high")
    foresee(ledger, unsure, (32, day(9)), sure="low")
    window = {"from": day(5), "until": day(30)}
    with reading(migrated_database, ledger) as doors:
        assert curve(doors, "likely", **window) == [(day(5), 96)]
        assert curve(doors, "possible", **window) == [(day(5), 96), (day(9), 128)]
        first = read(doors, "/v1/supply", pool=POOL, **window)["likely"][0]
        assert [(one["kind"], one["quantity"]) for one in first["causes"]] == [("forecast", 64)]
        assert rows(doors, "/v1/due", "at", "kind", "unit", "quantity", **window) == [
            (day(3), "forecast_overdue", "alpha", 64), (day(9), "forecast_due", "beta", 32),
        ]  # fmt: skip
        for until, units in ((4, []), (5, ["alpha"]), (8, ["alpha"]), (9, ["alpha", "beta"])):
            told = rows(doors, "/v1/forecasts", "unit", valid_at=day(5), until=day(until))
            assert told == units
        assert rows(doors, "/v1/forecasts", "unit", valid_at=day(5), under="beta") == ["beta"]


def test_a_forecast_is_not_due_of_what_its_grant_has_not_any_more(migrated_database: str) -> None:
    ledger = lab("alpha", "beta", total=128)
    gone, part, ended = (ledger.grant("alpha", 32) for _ in range(3))
    for grant, many in ((gone, 32), (part, 20)):
        ledger.tell("release", grants=[{"grant": grant, "quantity": many}], effective_at=day(4))
    foresee(ledger, gone, (32, day(3)))
    foresee(ledger, part, (8, day(3)), (16, day(9)))
    foresee(ledger, ended, (16, day(3)), (16, day(9)))
    ledger.tell("extend", grant=ended, ends_at=day(8), reason="Sooner")

    def due(start: float) -> list[tuple[int, str, int]]:
        found = rows(doors, "/v1/due", "at", "kind", "grant", "quantity",
                     **{"from": day(start), "until": day(20)})  # fmt: skip
        names = {gone: "gone", part: "part", ended: "ended"}
        return sorted((int(at[8:10]) - 1, names[grant], many) for at, kind, grant, many in found
                      if kind.startswith("forecast"))  # fmt: skip

    with reading(migrated_database, ledger) as doors:
        assert due(1) == [(3, "ended", 16), (3, "gone", 32), (3, "part", 8), (9, "part", 4)]
        assert due(3.5) == [(3, "ended", 16), (3, "gone", 32), (3, "part", 8), (9, "part", 4)]
        assert due(5) == [(3, "ended", 16), (3, "part", 8), (9, "part", 4)]
        assert due(8) == [(3, "part", 8), (9, "part", 4)]
        assert due(10) == [(3, "part", 8), (9, "part", 4)]
        given = rows(doors, "/v1/forecasts", "grant", valid_at=day(10))
        assert given == [part], "what is nobody's any more, no list expects"


def test_what_is_expected_at_the_very_instant_falls_due_and_is_not_late(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", total=128)
    foresee(ledger, ledger.grant("alpha", 64), (32, day(5)), (16, day(9)))
    with reading(migrated_database, ledger) as doors:
        for start, until, told in (
            (4, 5, []), (5, 9, [(day(5), "forecast_due", 32)]),
            (5.5, 9, [(day(5), "forecast_overdue", 32)]),
            (9, 10, [(day(5), "forecast_overdue", 32), (day(9), "forecast_due", 16)]),
        ):  # fmt: skip
            window = {"from": day(start), "until": day(until)}
            assert rows(doors, "/v1/due", "at", "kind", "quantity", **window) == told, start


def test_what_is_expected_when_its_grant_ends_is_due_then_and_never_late(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", total=128)
    foresee(ledger, ledger.grant("alpha", 64, ends_at=day(8)), (16, day(8)))
    with reading(migrated_database, ledger) as doors:
        for start, kinds in ((7, ["end", "forecast_due"]), (8.5, [])):
            window = {"from": day(start), "until": day(9)}
            assert rows(doors, "/v1/due", "kind", **window) == kinds


def test_what_a_loan_is_expected_to_give_back_goes_to_its_lender(migrated_database: str) -> None:
    ledger = lab("alpha", "beta", total=128)
    ledger.grant("alpha", 64, ends_at=day(25))
    loan = ledger.tell("lend", pool=POOL, from_={"unit": "alpha"}, quantity=32, to="beta",
                       returns_at=day(20))[0]["data"]["to_grant"]  # fmt: skip
    foresee(ledger, loan, (32, day(10)))
    with reading(migrated_database, ledger) as doors:
        window = {"from": day(1), "until": day(24)}
        assert curve(doors, "likely", **window) == [(day(1), 64)]
        assert rows(doors, "/v1/forecasts", "grant", valid_at=day(1)) == [loan]


def test_what_a_loan_of_a_lender_that_is_over_gives_back_goes_to_the_pool(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", "beta", total=128)
    lender = ledger.grant("alpha", 64)
    loan = ledger.tell("lend", pool=POOL, from_={"grant": lender}, quantity=32, to="beta",
                       starts_at=day(16), returns_at=day(32))[0]["data"]["to_grant"]  # fmt: skip
    ledger.tell("release", pool=POOL, unit="alpha", quantity="all", effective_at=day(10))
    foresee(ledger, loan, (32, day(20)))
    with reading(migrated_database, ledger) as doors:
        window = {"from": day(17), "until": day(24)}
        assert curve(doors, "certain", **window) == [(day(17), 96)]
        assert curve(doors, "likely", **window) == [(day(17), 96), (day(20), 128)]


def test_a_unit_without_a_past_is_as_late_as_its_neighbours(migrated_database: str) -> None:
    ledger = lab("alpha", total=512)
    for unit, parent in (("one", "alpha"), ("two", "alpha"), ("far", "lab")):
        ledger.tell("create_unit", unit=unit, parent=parent)
    grants = {unit: ledger.grant(unit, 64) for unit in ("one", "two", "far")}
    for due in (10, 12):
        foresee(ledger, grants["one"], (64, day(due)))
    ledger.go_to(day(15))
    for unit in ("two", "far"):
        foresee(ledger, grants[unit], (64, day(30)))
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/forecasts", "unit", "slip_days", valid_at=day(20))
        assert sorted(found) == [("far", 8), ("one", 8), ("two", 8)]
        early = rows(doors, "/v1/forecasts", "unit", "slip_days", valid_at=day(11))
        assert dict(early)["one"] == 0
