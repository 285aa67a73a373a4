"""Tables in a terminal: no id, number or time is broken, however narrow it is."""

import io
import re
import sys

import pytest

from api.cli.options import Output
from api.cli.output import show_rows

REQUEST = "0197d0a1-0000-7000-8000-000000000003"
ROWS = [
    {"request": REQUEST, "unit": "research/vision", "quantity": 128, "eta": None,
     "sentence": "It waits for capacity and for an answer of somebody who may decide"},
    {"request": REQUEST, "unit": "ops", "quantity": 8, "eta": None, "sentence": "It waits"},
]  # fmt: skip


class Terminal(io.StringIO):
    """Standard output as a person sees it."""

    def isatty(self) -> bool:
        return True


def seen(monkeypatch: pytest.MonkeyPatch, width: int) -> list[str]:
    """What a terminal of so many columns shows."""
    out = Terminal()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", out)
    show_rows(ROWS, Output.TABLE, ("request", "unit", "quantity", "eta", "sentence"))
    return out.getvalue().splitlines()


def test_words_wrap_in_a_table_and_ids_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = seen(monkeypatch, 100)
    plain = [re.sub("\x1b[^m]*m", "", line).rstrip() for line in lines]
    assert all(len(line) <= 100 for line in plain), plain
    assert sum(line.count(REQUEST) for line in lines) == 2
    assert any("research/vision" in line and "128" in line for line in lines)
    assert len(lines) > 4
    assert not any("eta" in line for line in lines)


def test_what_is_too_wide_is_shown_as_records(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = seen(monkeypatch, 60)
    assert lines[:4] == [
        f"request   {REQUEST}", "unit      research/vision", "quantity  128",
        "sentence  It waits for capacity and for an answer of somebody who may decide",
    ]  # fmt: skip
    assert lines[4] == ""
    assert lines.count("") == 2
