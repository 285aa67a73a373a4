"""What a body must look like to become a command, and what is said when it does not."""

import json
from hashlib import sha256

import pytest

from api.decisions.commands import DOORS, Door
from api.decisions.parsing import NESTING_MAX, Parsed, parse_command, parse_line
from api.problems import Problem
from ledger.commands import Grant

GRANT = {"pool": "phoenix/h100", "unit": "research/vision", "quantity": 8}


def refused(body: bytes, do: str = "grant") -> Problem:
    with pytest.raises(Problem) as caught:
        parse_command(body, do)
    return caught.value


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.do)
def test_the_example_of_every_door_is_a_command(door: Door) -> None:
    parsed = parse_command(json.dumps(door.example).encode(), door.do)
    assert isinstance(parsed.command, door.command)


def test_the_fingerprint_is_that_of_the_canonical_command_with_do() -> None:
    canonical = b'{"do":"grant","pool":"phoenix/h100","quantity":8,"unit":"research/vision"}'
    spaced = b' {"unit": "research/\\u0076ision",\n"quantity":8, "pool":"phoenix/h100"} '
    for body in (spaced, canonical):
        assert parse_command(body, "grant").fingerprint == sha256(canonical).digest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"borrowed": False}),
        ({}, {"ends_at": None}),
        ({"ends_at": "2027-01-01T00:00:00Z"}, {"ends_at": "2027-01-01T01:00:00+01:00"}),
        ({"ends_at": "2027-01-01T00:00:00Z"}, {"ends_at": "2027-01-01T00:00:00.000Z"}),
    ],
)
def test_what_means_the_same_and_is_sent_otherwise_is_another_command(
    one: dict[str, object], other: dict[str, object]
) -> None:
    first, second = (
        parse_command(json.dumps(GRANT | fields).encode(), "grant") for fields in (one, other)
    )
    assert first.command == second.command
    assert first.fingerprint != second.fingerprint


def test_a_bulk_line_has_the_fingerprint_of_the_same_body() -> None:
    line = json.dumps({"key": "k", "do": "grant", **GRANT}).encode()
    key, parsed = parse_line(line)
    assert key == "k"
    assert isinstance(parsed, Parsed)
    assert parsed == parse_command(json.dumps(GRANT).encode(), "grant")
    assert isinstance(parsed.command, Grant)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b'{"pool":"a"', b"\xff\xfe", b'\xef\xbb\xbf{"pool":"a"}',
        b'{"pool":"a","pool":"b","unit":"c","quantity":8}',
        b'{"pool":"a","p\\u006fol":"b","unit":"c","quantity":8}',
        b'{"pool":"a","unit":"c","quantity":NaN}', b'{"pool":"a","unit":"c","quantity":1e999}',
        b'{"pool":"a","unit":"c","ends_at":1e999,"quantity":8}',
        b'{"pool":"a","unit":"c","quantity":8,"reason":"\\ud800"}',
        b"[" * 60_000, b'{"a":' * 10_000, b'{"quantity":' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    assert (refused(body).status, refused(body).code) == (400, "Malformed")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"quantity": 8.0}, "#/quantity"),
        ({"quantity": 0.5}, "#/quantity"),
        ({"quantity": 8e2}, "#/quantity"),
        ({"quantity": 0}, "#/quantity"),
        ({"quantity": -8}, "#/quantity"),
        ({"quantity": 2**53}, "#/quantity"),
        ({"quantity": 10**40}, "#/quantity"),
        ({"quantity": "8"}, "#/quantity"),
        ({"quantity": True}, "#/quantity"),
        ({"quantity": None}, "#/quantity"),
        ({"unit": "re search"}, "#/unit"),
        ({"unit": "a/../b"}, "#/unit"),
        ({"unit": "a%2Fb"}, "#/unit"),
        ({"unit": "a\0"}, "#/unit"),
        ({"unit": "a\n"}, "#/unit"),
        ({"unit": "é"}, "#/unit"),
        ({"unit": "a" * 201}, "#/unit"),
        ({"unit": 7}, "#/unit"),
        ({"grant": "not-a-uuid"}, "#/grant"),
        ({"reason": ""}, "#/reason"),
        ({"reason_code": "because"}, "#/reason_code"),
        ({"refs": "http://a"}, "#/refs"),
        ({"refs": [7]}, "#/refs/0"),
        ({"budget": 7}, "#/budget"),
        ({"a/b~c": 7}, "#/a~1b~0c"),
        ({"do": "release"}, "#/do"),
        ({"starts_at": "2027-01-01T00:00:00"}, "#"),
        ({"starts_at": "2027-01-01T00:00:60Z"}, "#"),
        ({"starts_at": "2027-01-01T00:00:00.1234567Z"}, "#"),
        ({"starts_at": "2027-01-02T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"}, "#"),
        ({"reason": "\u202etxt"}, "#"),
        ({"if_unchanged": True}, "#"),
        ({"seen": 2**53}, "#/seen"),
        ({"seen": 2**64}, "#/seen"),
        ({"seen": -1}, "#/seen"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_named(change: dict[str, object], pointer: str) -> None:
    problem = refused(json.dumps({**GRANT, **change}).encode())
    assert (problem.status, problem.code) == (422, "InvalidField")
    assert problem.errors[0].pointer == pointer


def correction(value: str) -> bytes:
    """A correction whose data hold a value, given as JSON, at the fourth level."""
    instead = f'{{"effective_at":"2026-01-01T00:00:00Z","data":{{"x":{value}}}}}'
    return f'{{"corrects":1,"replacement":{instead}}}'.encode()


@pytest.mark.parametrize("value", [2**53, -(2**53), 2**64, -(2**63) - 1, 10**40])
@pytest.mark.parametrize("inside", ["{}", "[{}]", '{{"a":[1,{{"b":{}}}]}}'])
def test_a_correction_holds_no_integer_that_not_every_reader_keeps_exact(
    inside: str, value: int
) -> None:
    problem = refused(correction(inside.format(value)), "correct")
    assert (problem.status, problem.code) == (422, "InvalidField")
    assert problem.errors[0].pointer == "#/replacement"
    assert "2^53-1" in problem.detail


@pytest.mark.parametrize("value", [2**53 - 1, 1 - 2**53, True, 0.5, None, "9" * 40])
def test_a_correction_may_hold_any_other_value(value: object) -> None:
    parse_command(correction(json.dumps([value])), "correct")


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("deeper", [1, 400, 850, 854, 900])
def test_what_is_nested_more_deeply_than_it_may_be_is_malformed(
    begin: str, end: str, deeper: int
) -> None:
    levels = NESTING_MAX - 4
    parse_command(correction(begin * levels + "[]" + end * levels), "correct")
    levels += deeper
    problem = refused(correction(begin * levels + "[]" + end * levels), "correct")
    assert (problem.status, problem.code, problem.limit) == (400, "Malformed", "nesting")
    assert str(NESTING_MAX) in problem.detail


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"text"'])
def test_a_body_that_is_no_object_is_invalid(body: bytes) -> None:
    assert refused(body).status == 422


def test_the_leg_that_is_wrong_is_named() -> None:
    legs = [{"do": "grant", **GRANT}, {"do": "grant", **GRANT, "quantity": 0.5}]
    problem = refused(json.dumps({"legs": legs}).encode(), "decision")
    assert (problem.leg, problem.errors[0].pointer) == (1, "#/legs/1/quantity")


@pytest.mark.parametrize("key", [None, 7, "", "k" * 256, "é" * 128, "a\nb"])
def test_a_line_needs_a_key_of_its_own(key: object) -> None:
    _, problem = parse_line(json.dumps({"key": key, "do": "grant", **GRANT}).encode())
    assert isinstance(problem, Problem)
    assert (problem.status, problem.errors[0].pointer) == (422, "#/key")


def test_a_line_that_cannot_be_read_still_tells_its_key() -> None:
    key, problem = parse_line(b'{"key":"k","do":"grant","pool":7}')
    assert key == "k"
    assert isinstance(problem, Problem)
    assert parse_line(b"nonsense")[0] is None
