"""Who gives what a field does not take is told what it would have taken."""

import json

import pytest

from api.decisions.parsing import parse_command
from api.problems import Problem

GRANT = "01a2204d-5034-7967-9701-dcd466910001"
STEP = {"quantity": 8, "expected_at": "2027-01-01"}


@pytest.mark.parametrize(
    ("do", "fields", "pointer", "detail"),
    [
        (
            "forecast", {"grant": GRANT, "steps": [STEP], "confidence": "likely"}, "#/confidence",
            "Invalid enum value 'likely': one of high, low, medium",
        ),
        (
            "forecast", {"grant": GRANT, "steps": [{"at": "2027-01-01"}]}, "#/steps/0/at",
            "Object contains unknown field `at`: it takes quantity, expected_at",
        ),
        (
            "forecast", {"grant": "mine", "steps": [STEP]}, "#/grant",
            "Expected a uuid in lower case",
        ),
        (
            "release", {"pool": "h100", "unit": "vision", "quantity": "most"}, "#/quantity",
            "Invalid enum value 'most': the only word here is all",
        ),
        (
            "grant", {"pool": "h 100", "unit": "vision", "quantity": 1}, "#/pool",
            "Expected letters, digits, '.', '_' and '-', in parts with '/' between, such as ",
        ),
        (
            "decision", {"legs": [{"do": "note", "text": "so"}]}, "#/legs/0",
            "Object missing required field `about`",
        ),
        (
            "decision", {"legs": [{"do": "grand"}]}, "#/legs/0/do",
            "Invalid value 'grand': one of ",
        ),
        (
            "correct", {"corrects": 1, "replacement": {"quantity": 8}}, "#/replacement/quantity",
            "Object contains unknown field `quantity`: it takes effective_at, data",
        ),
    ],
)  # fmt: skip
def test_a_field_says_what_it_takes(
    do: str, fields: dict[str, object], pointer: str, detail: str
) -> None:
    with pytest.raises(Problem) as said:
        parse_command(json.dumps(fields).encode(), do)
    [error] = said.value.errors
    assert error.pointer == pointer
    assert error.detail == detail or (detail.endswith(" ") and error.detail.startswith(detail))
