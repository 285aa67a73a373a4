"""The page of rules names every refusal and warning there is, and none that there is not."""

import re
from pathlib import Path

from ledger.refusals import REFUSALS
from tests.house.tree import TOP

PAGE = (TOP / "docs/rules.md").read_text()
CODE = re.compile(r"`([A-Z][A-Za-z]+)`")
RULES, _, WARNINGS = PAGE.partition("\n## Warnings\n")


def warned(decide: Path) -> set[str]:
    """The codes that judging warns with."""
    calls = r"\.warn\(\s*(.*?)[,)]"
    given = {code for file in decide.glob("*.py") for code in re.findall(calls, file.read_text())}
    assert all(re.fullmatch(r'"[A-Za-z]+"', one) for one in given), given
    return {one.strip('"') for one in given}


def test_every_refusal_is_explained_and_none_that_does_not_exist() -> None:
    assert set(CODE.findall(RULES)) == set(REFUSALS)


def test_every_warning_is_explained_and_none_that_does_not_exist() -> None:
    assert set(CODE.findall(WARNINGS)) == warned(TOP / "ledger/decide")
