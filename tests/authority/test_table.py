"""Exactly what the table of who may permits passes: every command, role and scope."""

from pathlib import Path
from typing import get_args

import pytest

from ledger.commands import AnyCommand
from tests.authority.acts import acts
from tests.authority.house import House
from tests.authority.judged import Verdicts, expected, judged
from tests.authority.page import page
from tests.authority.table import rows

WRITTEN = Path(__file__).parents[2] / "docs/reference/authority.md"


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    """What the core says to every act by everybody."""
    return judged()


def test_every_command_is_tried() -> None:
    commands = {command.__struct_config__.tag for command in get_args(AnyCommand)}
    assert {do for do, _ in acts(House()).values()} == commands


def test_every_act_has_its_row() -> None:
    assert list(acts(House())) == list(rows())


def test_exactly_what_the_table_says_is_permitted(verdicts: Verdicts) -> None:
    wanted = expected()
    assert verdicts.keys() == wanted.keys()
    deviating = [
        f"{act}, {person}: {verdict}, and {wanted[act, person]} by the table"
        for (act, person), verdict in verdicts.items()
        if verdict != wanted[act, person]
    ]
    assert deviating == []


def test_the_page_says_what_the_core_says(verdicts: Verdicts) -> None:
    assert WRITTEN.read_text() == page(verdicts), (
        "write it anew: python -m tests.authority > docs/reference/authority.md"
    )
