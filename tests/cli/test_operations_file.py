"""What a file of operations asks for, line by line."""

import re
from pathlib import Path

import pytest

from api.cli.operations import Unreadable, made_before, read_operations, via_of, wanted
from tests.cli.running import allot, base_environ

GRANT = (
    '{"seq":1,"at":"2020-04-01T00:00:00Z","op":"grant","pool":"north/h100","account":"a/b/c",'
    '"to":null,"quantity":8,"unit":"gpu","by":"kim","reason":"opening","ref":"r1","more":true}'
)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "moves.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_pools_and_units_are_made_before_the_line_parents_first(tmp_path: Path) -> None:
    found = read_operations(written(tmp_path, GRANT))
    made = list(made_before(found.lines[0], found.name, "s"))
    assert [(m.key, m.do, m.fields.get("parent")) for m in made] == [
        ("s:pool:north/h100", "open_pool", None),
        ("s:unit:a", "create_unit", None),
        ("s:unit:a/b", "create_unit", "a"),
        ("s:unit:a/b/c", "create_unit", "a/b"),
    ]
    assert {m.fields["effective_at"] for m in made} == {"2020-04-01T00:00:00Z"}


def test_a_line_becomes_one_command_with_its_reason_its_person_and_its_date(tmp_path: Path) -> None:
    found = read_operations(written(tmp_path, GRANT))
    asked = wanted(found.lines[0], found.name, "s")
    assert asked.key == "s:r1"
    assert asked.do == "grant"
    assert asked.fields == {
        "pool": "north/h100",
        "unit": "a/b/c",
        "quantity": 8,
        "effective_at": "2020-04-01T00:00:00Z",
        "reason_code": "import",
        "reason": "opening",
        "on_behalf_of": "kim",
    }


def test_each_kind_of_operation_has_its_command(tmp_path: Path) -> None:
    common = '"at":"2020-04-01T00:00:00Z","pool":"p","quantity":8'
    found = read_operations(
        written(
            tmp_path,
            f'{{"op":"capacity",{common}}}',
            f'{{"op":"release","account":"u",{common}}}',
            f'{{"op":"reallocate","account":"u","to":"v",{common}}}',
        )
    )
    asked = [wanted(line, found.name, "s") for line in found.lines]
    assert [a.do for a in asked] == ["change_capacity", "release", "reallocate"]
    assert asked[0].fields["kind"] == "counted"
    assert asked[0].fields["total"] == 8
    assert asked[1].fields["kind"] == "unstated"
    assert asked[2].fields["from"] == [{"unit": "u", "quantity": 8}]
    assert asked[2].fields["to"] == "v"


def test_a_missing_reason_names_the_file_and_the_line(tmp_path: Path) -> None:
    line = '{"op":"capacity","at":"2020-04-01T00:00:00Z","pool":"p","quantity":8}'
    found = read_operations(written(tmp_path, "", line))
    assert wanted(found.lines[0], found.name, "s").fields["reason"] == (
        "import of moves.jsonl line 2"
    )


def test_the_tool_named_in_the_record_carries_the_file_and_its_hash(tmp_path: Path) -> None:
    found = read_operations(written(tmp_path, GRANT))
    assert via_of(found) == (
        f'allot import operations; file="moves.jsonl"; sha256="{found.sha256}"'
    )
    assert len(found.sha256) == 64


def test_a_mark_of_utf_8_is_passed_over_and_hashed(tmp_path: Path) -> None:
    plain = read_operations(written(tmp_path, GRANT))
    marked = read_operations(written(tmp_path, "\ufeff" + GRANT))
    assert marked.lines == plain.lines
    assert marked.sha256 != plain.sha256


@pytest.mark.parametrize("lines", [(), ("", " ", ""), ("\ufeff",)], ids=["none", "blank", "marked"])
def test_a_file_without_an_operation_is_no_file_of_operations(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    with pytest.raises(Unreadable, match=r"moves\.jsonl is empty"):
        read_operations(written(tmp_path, *lines))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"seq,at,op", r"moves\.jsonl, line 2 is no JSON: .*"),
        (b'{"op":"capacity"', r"moves\.jsonl, line 2 is no JSON: .*"),
        (b'{"op":"\xff"}', r"moves\.jsonl, line 2 is no UTF-8 text: .*"),
        (b"[1]", r"moves\.jsonl, line 2: Expected `object`, got `array`"),
    ],
)
def test_what_cannot_be_imported_ends_with_2_before_anybody_is_asked(
    tmp_path: Path, line: bytes, words: str
) -> None:
    file = written(tmp_path, GRANT)
    file.write_bytes(file.read_bytes() + line)
    told = imported(file)
    assert re.fullmatch(rf"{words}\. Nothing was imported\.\n", told)


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    file = tmp_path / "moves.jsonl"
    assert imported(file) == f"{file} cannot be read: No such file or directory\n"


def imported(file: Path) -> str:
    """What is said of a file that is not imported; nobody answers, and nobody is asked."""
    away = {**base_environ(), "ALLOT_URL": "http://127.0.0.1:9"}
    done = allot("import", "operations", str(file), environ=away)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"op":"seize","at":"2020-04-01T00:00:00Z","pool":"p","quantity":8}',
        '{"op":"grant","at":"2020-04-01T00:00:00Z","pool":"p","quantity":8}',
        '{"op":"reallocate","at":"2020-04-01T00:00:00Z","pool":"p","account":"u","quantity":8}',
        '{"op":"capacity","at":"2020-04-01T00:00:00Z","pool":"p","quantity":8.5}',
        '{"op":"capacity","at":"2020-04-01T00:00:00Z","quantity":8}',
    ],
)
def test_a_line_that_is_no_operation_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(Unreadable, match=r"moves\.jsonl, line 2\b"):
        read_operations(written(tmp_path, GRANT, line))
