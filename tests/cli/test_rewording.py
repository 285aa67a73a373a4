"""What an event says is said otherwise in places, and stays whole."""

from typing import Any

import pytest

from api.cli.endings import Ended
from api.cli.fields import amount, expected
from api.cli.rewording import Unfit, reworded

LEG = {"grant": "g1", "unit": "vision", "quantity": 64}
GRANT: dict[str, Any] = {
    "grant": "g1", "pool": "p", "unit": "vision", "quantity": 106_000, "ends_at": None,
    "class": "guaranteed",
}  # fmt: skip
MOVE: dict[str, Any] = {
    "pool": "p", "legs": [LEG], "to_grant": "g2", "to_unit": "speech", "quantity": 64,
    "ends_at": None, "class": "guaranteed", "loan": True,
}  # fmt: skip
ADVANCING = [{"position": 4, "quantity": 24}, {"position": 6, "quantity": 40}]
RELEASE: dict[str, Any] = {"pool": "p", "legs": [LEG], "kind": "returned"}


@pytest.mark.parametrize(
    ("topic", "said", "edits", "changed"),
    [
        ("granted.v1", GRANT, {"quantity": 106}, {"quantity": 106}),
        ("granted.v1", GRANT | {"ends_at": "z"}, {"ends_at": None}, {"ends_at": None}),
        ("granted.v1", GRANT, {"unit": "speech", "quantity": 8}, {"unit": "speech", "quantity": 8}),
        ("released.v1", RELEASE, {"quantity": 32}, {"legs": [LEG | {"quantity": 32}]}),
        (
            "reallocated.v1", MOVE, {"quantity": 32},
            {"quantity": 32, "legs": [LEG | {"quantity": 32}]},
        ),
        (
            "released.v1", RELEASE | {"legs": [LEG | {"advances": ADVANCING}]}, {"quantity": 32},
            {"legs": [LEG | {"quantity": 32, "advances": [
                {"position": 4, "quantity": 24}, {"position": 6, "quantity": 8}]}]},
        ),
        ("reallocated.v1", MOVE, {"unit": "atlas"}, {"to_unit": "atlas"}),
        (
            "capacity-changed.v1", {"pool": "p", "kind": "counted", "total": 784},
            {"quantity": 776}, {"total": 776},
        ),
        (
            "capacity-changed.v1", {"pool": "p", "kind": "installed", "quantity": 64},
            {"quantity": 32}, {"quantity": 32},
        ),
    ],
)  # fmt: skip
def test_what_is_not_said_otherwise_stays_as_it_was(
    topic: str, said: dict[str, Any], edits: dict[str, Any], changed: dict[str, Any]
) -> None:
    before = dict(said)
    assert reworded(topic, said, edits) == said | changed
    assert said == before


@pytest.mark.parametrize(
    ("topic", "said", "edits"),
    [
        ("released.v1", RELEASE | {"legs": [LEG, LEG]}, {"quantity": 32}),
        ("released.v1", RELEASE, {"ends_at": None}),
        ("unit-renamed.v1", {"unit": "vision", "name": "Vision"}, {"quantity": 8}),
    ],
)
def test_what_it_does_not_have_is_not_said_otherwise(
    topic: str, said: dict[str, Any], edits: dict[str, Any]
) -> None:
    with pytest.raises(Unfit, match="--data"):
        reworded(topic, said, edits)


def test_a_step_of_a_forecast_is_read() -> None:
    step = {"quantity": 64, "expected_at": "2027-03-01T00:00:00Z"}
    assert expected("64@2027-03-01") == step


@pytest.mark.parametrize("text", ["64", "@2027-03-01", "64@", "many@2027-03-01", "6.5@2027-03-01"])
def test_a_step_that_says_not_how_much_and_when_is_refused(text: str) -> None:
    with pytest.raises(Ended, match=r"QUANTITY@TIME|no whole number"):
        expected(text)


def test_a_quantity_is_a_whole_number_or_all() -> None:
    assert (amount("64"), amount("all")) == (64, "all")
    with pytest.raises(Ended, match="neither a whole number nor all"):
        amount("6.5")
