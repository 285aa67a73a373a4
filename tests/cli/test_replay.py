"""The log folded anew says what was believed, and what another rule would have made of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.codec import encode
from ledger.periods import Instant
from tests.cli.running import allot, base_environ
from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import InMemory, day, lab

DAYS = (5, 15, 25, 35, 50, 70)


@pytest.fixture(scope="module")
def ledger() -> InMemory:
    """Return a log with a schedule that is advanced, a loan, and facts corrected once and again."""
    made = lab("alpha", "beta", "gamma", total=512, backdate_days=365)
    made.go_to(day(10))
    made.grant("alpha", 300)
    made.tell("grant", pool="h100", unit="gamma", quantity=64, ends_at=day(60))
    planned = made.tell("release", pool="h100", unit="alpha", quantity=100, effective_at=day(45))
    made.go_to(day(20))
    made.tell("lend", pool="h100", from_={"unit": "alpha"}, quantity=80, to="beta",
              returns_at=day(30))  # fmt: skip
    moved = made.tell(
        "reallocate", pool="h100", from_=[{"unit": "alpha", "quantity": 40}], to="beta",
        reason="needed there",
    )  # fmt: skip
    made.go_to(day(40))
    made.tell("correct", **quantity(made, moved[0]["position"], 48))
    made.tell("correct", **quantity(made, moved[0]["position"], 44))
    made.tell("correct", **instead(made, planned[0]["position"], at=day(55)))
    wrong = made.tell("grant", pool="h100", unit="gamma", quantity=8)
    made.tell("correct", **never(made, wrong[0]["position"]))
    return made


@pytest.fixture(scope="module")
def file(ledger: InMemory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an export of the log."""
    path = tmp_path_factory.mktemp("replay") / "record.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in ledger.events))
    return path


def replayed(file: Path, *words: str, code: int = 0) -> str:
    done = allot("replay", str(file), *words, environ=base_environ())
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def rows(file: Path, *words: str) -> list[dict[str, Any]]:
    return json.loads(replayed(file, *words, "-o", "json"))["items"]


def held(file: Path, *words: str, what: str = "quantity") -> dict[str, int]:
    return {row["unit"]: row[what] for row in rows(file, *words) if row[what]}


def believed(ledger: InMemory, position: int, at: Instant) -> dict[str, int]:
    """What each unit has in hand, counted by folding event by event as decisions do."""
    state = ledger.known_at(position)
    found: dict[str, int] = {}
    for grant in state.grants.values():
        found[grant.unit] = found.get(grant.unit, 0) + state.hold_at(grant, at)
    return {unit: quantity for unit, quantity in found.items() if quantity}


def test_every_position_and_instant_shows_what_was_believed(ledger: InMemory, file: Path) -> None:
    seen: set[str] = set()
    for position in range(9, len(ledger.events) + 1):
        for number in DAYS:
            shown = held(file, "--to", str(position), "--as-of", day(number))
            assert shown == believed(ledger, position, day(number)), (position, number)
            seen.add(str(shown))
    assert len(seen) > 10


def test_a_rule_that_changes_nothing_finds_what_is_recorded(
    ledger: InMemory, file: Path, tmp_path: Path
) -> None:
    """Its facts were corrected beforehand, where the core corrects afterwards: two ways to one."""
    as_it_was = tmp_path / "as_it_was.py"
    as_it_was.write_text("def rule(event, ledger):\n    return event\n")
    for position in range(9, len(ledger.events) + 1):
        for number in DAYS:
            clocks = ("--to", str(position), "--as-of", day(number), "--group", "grant")
            what_if = rows(file, "--rule", f"{as_it_was}:rule", *clocks)
            as_recorded = [row | {"recorded": row["quantity"]} for row in rows(file, *clocks)]
            assert what_if == as_recorded, (position, number)


def test_the_recorded_loan_shows_on_both_sides(file: Path) -> None:
    found = {row["unit"]: row for row in rows(file, "--as-of", day(25))}
    assert (found["alpha"]["lent"], found["alpha"]["borrowed_in"]) == (80, 0)
    assert (found["beta"]["lent"], found["beta"]["borrowed_in"]) == (0, 80)
    assert found["beta"]["borrowed"] == 80


def test_a_grant_that_may_not_exceed_256_leaves_less_to_lend_and_to_move(file: Path) -> None:
    rule = ("--rule", "api.replay.examples:at_most_256")
    assert held(file, *rule, "--as-of", day(15)) == {"alpha": 256, "gamma": 64}
    assert held(file, *rule, "--as-of", day(15), what="recorded") == {"alpha": 300, "gamma": 64}
    assert held(file, *rule, "--as-of", day(50)) == {"alpha": 212, "beta": 44, "gamma": 64}
    assert held(file, *rule, "--as-of", day(56)) == {"alpha": 152, "beta": 44, "gamma": 64}


def test_what_a_rule_leaves_out_takes_its_consequences_along(file: Path, tmp_path: Path) -> None:
    rule = tmp_path / "without_alpha.py"
    rule.write_text(
        "def rule(event, ledger):\n"
        "    unit = getattr(event.data, 'unit', None)\n"
        "    return None if unit == 'alpha' and hasattr(event.data, 'grant') else event\n"
    )
    done = allot("replay", str(file), "--rule", f"{rule}:rule", "--as-of", day(25), "-o", "jsonl",
                 environ=base_environ())  # fmt: skip
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["unit"]: row["quantity"] for row in shown} == {"alpha": 0, "beta": 0, "gamma": 64}
    assert {row["unit"]: row["recorded"] for row in shown} == {
        "alpha": 176, "beta": 124, "gamma": 64
    }  # fmt: skip
    assert "left out 1" in done.stderr
    assert "3 fell away" in done.stderr


def test_a_position_inside_a_decision_stands_for_its_end(file: Path) -> None:
    """Founding is the decision of the first six."""
    assert json.loads(replayed(file, "--to", "2", "-o", "json"))["position"] == 6


def test_units_pools_and_those_below_are_chosen(file: Path) -> None:
    at = ("--as-of", day(25))
    assert held(file, "--unit", "beta", *at) == {"beta": 124}
    assert held(file, "--under", "lab", *at) == held(file, *at)
    (whole,) = rows(file, "--group", "pool", *at)
    assert (whole["pool"], whole["quantity"]) == ("h100", 364)
    (lab_row,) = rows(file, "--group", "parent", *at)
    assert (lab_row["parent"], lab_row["quantity"]) == ("lab", 364)
    assert "delta" in replayed(file, "--unit", "delta", code=2)
    assert "a100" in replayed(file, "--pool", "a100", code=2)
    assert "team" in replayed(file, "--group", "team", code=2)


def test_a_log_that_ends_before_is_said(ledger: InMemory, file: Path) -> None:
    beyond = str(len(ledger.events) + 1)
    assert f"ends at position {len(ledger.events)}" in replayed(file, "--to", beyond, code=2)


def test_what_is_no_log_is_broken(file: Path, tmp_path: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    for damaged, word in (
        (b"".join(lines)[:-9], "cut off"),
        (b"".join([*lines[:8], *lines[9:]]), "position 8"),
        (b"".join([*lines[:8], b"{}\n", *lines[9:]]), "position 8"),
    ):
        path = tmp_path / "damaged.jsonl"
        path.write_bytes(damaged)
        assert word in replayed(path, code=4)
    assert "cannot be read" in replayed(tmp_path / "nowhere.jsonl", code=2)


@pytest.mark.parametrize(
    ("named", "word"),
    [
        ("at_most_256", "MODULE:FUNCTION"), ("nowhere:rule", "nowhere"),
        ("api.replay.examples:nothing", "nothing"), ("nowhere.py:rule", "nowhere.py"),
    ],
)  # fmt: skip
def test_a_rule_that_is_not_there_is_named(file: Path, named: str, word: str) -> None:
    assert word in replayed(file, "--rule", named, code=2)


def exported(made: InMemory, folder: Path) -> Path:
    path = folder / "record.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in made.events))
    return path


def late(quantity: int, given_back: int, *, is_planned: bool = False) -> InMemory:
    """A grant of 128, of which 64 are expected on day 20 and given back on day 40."""
    made = lab("alpha", "beta", total=512)
    made.go_to(day(10))
    made.grant("alpha", 128)
    step = {"quantity": quantity, "expected_at": day(20)}
    made.tell("forecast", pool="h100", unit="alpha", steps=[step])
    if is_planned:
        made.tell("release", pool="h100", unit="alpha", quantity=given_back, effective_at=day(40))
    made.go_to(day(25))
    made.grant("beta", 8)
    made.go_to(day(40))
    if not is_planned:
        made.tell("release", pool="h100", unit="alpha", quantity=given_back)
    made.tell("note", about={"unit": "beta"}, text="The end")
    return made


@pytest.mark.parametrize("is_planned", [False, True])
@pytest.mark.parametrize(
    ("expected", "given_back", "days"),
    [
        (64, 64, {15: 128, 22: 128, 30: 64, 41: 64}),
        (64, 96, {15: 128, 22: 128, 30: 64, 41: 32}),
        (64, 16, {15: 128, 22: 128, 30: 64, 41: 64}),
    ],
)
def test_what_is_overdue_is_reclaimed_once_and_not_given_back_again(
    tmp_path: Path, expected: int, given_back: int, days: dict[int, int], is_planned: bool
) -> None:
    """The next fact after day 20 is that of day 25."""
    path = exported(late(expected, given_back, is_planned=is_planned), tmp_path)
    rule = ("--rule", "api.replay.examples:ReclaimOverdue", "--unit", "alpha")
    found = {number: held(path, *rule, "--as-of", day(number))["alpha"] for number in days}
    assert found == days


def test_what_was_received_for_less_is_passed_on_for_less(tmp_path: Path) -> None:
    made = lab("alpha", "beta", "gamma", total=1000)
    made.go_to(day(10))
    made.grant("alpha", 400)
    for number, source, to in ((20, "alpha", "beta"), (30, "beta", "gamma")):
        made.go_to(day(number))
        made.tell("reallocate", pool="h100", from_=[{"unit": source, "quantity": 400}], to=to,
                  reason="needed there")  # fmt: skip
    rule = ("--rule", "api.replay.examples:at_most_256", "--as-of", day(35))
    assert held(exported(made, tmp_path), *rule) == {"gamma": 256}


def test_what_cannot_be_given_by_a_rule_is_said(tmp_path: Path) -> None:
    rule = tmp_path / "tenfold.py"
    rule.write_text(
        "from msgspec.structs import replace\n"
        "def rule(event, ledger):\n"
        "    if type(event).__name__ != 'Granted':\n"
        "        return event\n"
        "    return replace(event, data=replace(event.data, quantity=event.data.quantity * 10))\n"
    )
    path = exported(late(64, 64), tmp_path)
    words = ("replay", str(path), "--as-of", day(30), "--rule", f"{rule}:rule")
    done = allot(*words, environ=base_environ())
    assert "1360 of h100 are held, and 512 can be given" in done.stderr
