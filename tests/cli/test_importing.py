"""What is imported line by line is recorded once, and told as what became of it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.client import Json
from tests.cli.running import Ledger


def operations(file: Path, *lines: dict[str, Json]) -> str:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(file)


def granted(quantity: int, ref: str, **more: Json) -> dict[str, Json]:
    """A grant as a line of operations, from now on unless `more` says otherwise."""
    return {
        "op": "grant", "at": now(), "pool": "phoenix/h100", "account": "vision",
        "quantity": quantity, "ref": ref, **more,
    }  # fmt: skip


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize("ref", ['a" zzz "b', "a zzz b", 'clé "1"'])
def test_a_line_that_was_edited_once_it_is_recorded_is_not_recorded_again(
    running: Ledger, tmp_path: Path, ref: str
) -> None:
    line, file = granted(8, ref), tmp_path / "twice.jsonl"
    first = running.allot("import", "operations", operations(file, line))
    assert first.returncode == 0, first.stderr
    head = running.head()
    again = running.allot("import", "operations", operations(file, {**line, "quantity": 16}))
    recorded = running.head()
    running.allot("release", "phoenix/h100", "vision", "all")
    assert again.returncode == 1
    assert "KeyReused" in again.stderr
    assert recorded == head
