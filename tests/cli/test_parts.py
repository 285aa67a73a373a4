"""A command imports the part that has it, and the parts have what they are said to have."""

import subprocess
import sys

import pytest

from api.cli import assembled
from api.cli.parts import PARTS, parts_for
from tests.house.tree import TOP


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_the_verbs_it_is_said_to_have(part: str) -> None:
    assert tuple(assembled((part,)).commands) == tuple(PARTS[part])


@pytest.mark.parametrize("verb", [verb for verbs in PARTS.values() for verb in verbs])
def test_a_verb_alone_says_of_itself_what_the_whole_says(verb: str) -> None:
    whole, alone = assembled().commands[verb], assembled(parts_for([verb, "--yes"])).commands[verb]
    assert [one.opts for one in alone.params] == [one.opts for one in whole.params]
    assert alone.help == whole.help


@pytest.mark.parametrize("words", [[], ["--help"], ["hold"], ["-o", "holdings"]])
def test_what_names_no_verb_is_answered_by_the_whole(words: list[str]) -> None:
    assert parts_for(words) == tuple(PARTS)


def test_a_question_loads_nothing_of_the_database_or_the_demo() -> None:
    loads = "import sys; from api.cli import main; sys.argv = ['allot', 'holdings', '--help']\n"
    tells = "try: main()\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    told = subprocess.run(
        [sys.executable, "-c", loads + tells], cwd=TOP, check=True, capture_output=True, text=True
    )
    assert "api.cli.answers" in told.stderr.split()
    assert not {"psycopg", "api.demo", "api.cli.tokens"} & set(told.stderr.split())
