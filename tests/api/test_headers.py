"""What the headers and the query of a command may say."""

import pytest
from starlette.requests import Request

from api.decisions.headers import (
    demand_json,
    demand_lines,
    is_dry_run,
    read_key,
    read_via,
)
from api.problems import Problem
from ledger.facts import Via


def asking(query: bytes = b"", **headers: str | bytes | list[str]) -> Request:
    given: list[tuple[bytes, bytes]] = []
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            raw = one if isinstance(one, bytes) else one.encode()
            given.append((name.replace("_", "-").encode(), raw))
    return Request({"type": "http", "headers": given, "query_string": query})


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("abc", "abc"),
        ('"abc"', "abc"),
        ("  abc ", "abc"),
        ("a b", "a b"),
        (r'"a \"b\" \\c"', r'a "b" \c'),
        ("k" * 255, "k" * 255),
        ('"' + "k" * 255 + '"', "k" * 255),
        ("SOURCE:ref#2", "SOURCE:ref#2"),
        ('a"b', 'a"b'),
    ],
)
def test_a_key_comes_quoted_or_bare(given: str, key: str) -> None:
    assert read_key(asking(idempotency_key=given)) == key


@pytest.mark.parametrize(
    "given",
    ["", '""', '"abc', '"a"b"', '"abc";q=1', "k" * 256, "é", "a\tb", '"é"', r'"a\b"', b"\xff"],
)
def test_a_key_of_other_text_is_malformed(given: str | bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_key(asking(idempotency_key=given))
    assert (caught.value.status, caught.value.code) == (400, "Malformed")


def test_a_key_is_needed_and_one_only() -> None:
    with pytest.raises(Problem) as missing:
        read_key(asking())
    assert (missing.value.status, missing.value.code) == (400, "KeyMissing")
    with pytest.raises(Problem) as twice:
        read_key(asking(idempotency_key=["a", "b"]))
    assert (twice.value.status, twice.value.code) == (400, "Malformed")


def test_the_tool_is_told_with_its_file() -> None:
    said = 'allot import operations; file="moves \\"1\\".jsonl"; sha256="ab12"'
    assert read_via(asking(allot_via=said), "t1") == Via(
        tool="allot import operations", credential="t1", file='moves "1".jsonl', sha256="ab12"
    )
    assert read_via(asking(), None) == Via(tool="http")
    assert read_via(asking(allot_via="café"), None) == Via(tool="café")


@pytest.mark.parametrize(
    "said", ["", ";", "tool; colour=red", 'tool; file="a', "x" * 201, "a\x01b", b"\xff", ["a", "b"]]
)
def test_a_tool_told_otherwise_is_malformed(said: str | bytes | list[str]) -> None:
    with pytest.raises(Problem) as caught:
        read_via(asking(allot_via=said), None)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON; charset=UTF-8", "application/json;"]
)
def test_json_is_taken(media_type: str) -> None:
    demand_json(asking(content_type=media_type))


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
)
def test_another_media_type_is_not(media_type: str) -> None:
    for demand in (demand_json, demand_lines):
        with pytest.raises(Problem) as caught:
            demand(asking(content_type=media_type))
        assert caught.value.status == 415


def test_lines_are_taken_under_each_of_their_names() -> None:
    for media_type in ("application/x-ndjson", "application/jsonl", "application/ndjson"):
        demand_lines(asking(content_type=media_type))


@pytest.mark.parametrize(
    ("query", "dry"), [(b"", False), (b"dry_run=true", True), (b"dry_run=false", False)]
)
def test_a_dry_run_is_asked_for_by_name(query: bytes, dry: bool) -> None:
    assert is_dry_run(asking(query)) is dry


@pytest.mark.parametrize(
    "query", [b"dry_run=1", b"dry_run=", b"dry-run=true", b"dry_run=true&dry_run=false", b"a=b"]
)
def test_any_other_query_is_refused(query: bytes) -> None:
    with pytest.raises(Problem) as caught:
        is_dry_run(asking(query))
    assert caught.value.status == 422
