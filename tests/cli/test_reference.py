"""The page about the command line says what the command line is."""

import shlex

import pytest
from typer.core import TyperCommand

from api.cli.reference import commands, reference
from tests.house.tree import TOP

COMMANDS = dict(commands())


def examples(command: TyperCommand) -> list[str]:
    lines = (command.epilog or "").splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


def test_the_reference_page_is_the_help_of_every_command() -> None:
    page = (TOP / "docs/reference/cli.md").read_text()
    assert page == reference(), "write it anew: python -m api.cli.reference > docs/reference/cli.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_two_examples_that_it_understands(name: str) -> None:
    command = COMMANDS[name]
    shown = examples(command)
    assert len(shown) == 2
    for line in shown:
        assert line.startswith(f"{name} ") or line == name
        words = shlex.split(line.removeprefix(name))
        command.make_context(name, words)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    silent = [p.name for p in COMMANDS[name].params if not getattr(p, "help", None)]
    assert silent == []
