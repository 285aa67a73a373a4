"""Decisions, queries and the compose file keep their form."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import TOP, texts, tracked

DECISIONS = [path for path in tracked() if path.parent == Path("docs/decisions")]
BODY = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)
NAMED = re.compile(r"(?:-- [a-z][a-z0-9_]*\n)(?:-- \S.*\n)+(?!--)")


def unnamed_blocks(sql: str) -> list[str]:
    """The blocks of a SQL file, parted by blank lines, that do not begin with name and meaning."""
    blocks = [block + "\n" for block in re.split(r"\n\s*\n", BODY.sub("$$", sql).strip())]
    statements = [b for b in blocks if any(not line.startswith("--") for line in b.splitlines())]
    return [block.splitlines()[0] for block in statements if not NAMED.match(block)]


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [re.match(r"(\d{4})-[a-z0-9-]+\.md$", path.name) for path in DECISIONS]
    assert DECISIONS
    assert all(numbers)
    assert len({number[1] for number in numbers if number}) == len(DECISIONS)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_context_choice_and_what_was_rejected(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", (TOP / path).read_text(), re.MULTILINE)
    assert headings == ["Context", "Choice", "Rejected"]


def test_every_piece_of_sql_begins_with_its_name_and_meaning() -> None:
    found = {str(path): unnamed_blocks(text) for path, text in texts(".sql")}
    assert {path: blocks for path, blocks in found.items() if blocks} == {}


def test_sql_without_a_name_would_be_found() -> None:
    named = "-- held\n-- What is held.\nSELECT 1;\n"
    assert unnamed_blocks(named) == []
    assert unnamed_blocks(named + "\nSELECT 2;\n") == ["SELECT 2;"]
    assert unnamed_blocks("-- held\nSELECT 1;\n") == ["-- held"]


def test_the_compose_file_is_valid() -> None:
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    run = subprocess.run(
        [sys.executable, *command, "docker-compose.yml"],
        cwd=TOP, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout


def test_links_between_the_documents_lead_somewhere() -> None:
    dead = [
        f"{path}: {target}"
        for path, text in texts(".md")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        if not (TOP / path.parent / target).exists()
    ]
    assert dead == []
