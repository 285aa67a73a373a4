"""Cells of CSV, in a terminal as over HTTP: no text is a formula, and every text can be read back.

What begins with an apostrophe gets another one, so that one can always be taken off.
"""

import csv
import io

import pytest

from api.cli.options import Output
from api.cli.output import show_rows
from api.reads.forms import as_csv

TEXTS = [
    "=1+1", "+49 30 1", "-5", "@SUM(A1)", "'quoted'", "''", "\uff1d1", "\uff0b1", "\uff0d1",
    "\uff20x", "1=1", " =1", "plain", "\N{MINUS SIGN}5",
]  # fmt: skip


def cells(text: str) -> list[list[str]]:
    """The cells under the head line."""
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def test_a_text_is_the_same_cell_at_both_doors_and_never_a_formula(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{"text": text, "number": -5, "none": None} for text in TEXTS]
    show_rows(rows, Output.CSV)
    printed = cells(capsys.readouterr().out)
    assert printed == cells(as_csv(rows, ("text", "number", "none"), head=True).decode())
    for (text, number, none), said in zip(printed, TEXTS, strict=True):
        assert (number, none) == ("-5", "")
        assert text[0] not in "=+-@\uff1d\uff0b\uff0d\uff20"
        assert text.removeprefix("'") == said
