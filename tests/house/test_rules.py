"""The page of rules names every refusal there is, and none that there is not."""

import re

from ledger.refusals import REFUSALS
from tests.house.tree import TOP

PAGE = (TOP / "docs/rules.md").read_text()
CODE = re.compile(r"`([A-Z][A-Za-z]+)`")


def test_every_refusal_is_explained() -> None:
    assert set(REFUSALS) - set(CODE.findall(PAGE)) == set()


def test_no_refusal_is_explained_that_does_not_exist() -> None:
    assert set(CODE.findall(PAGE)) - set(REFUSALS) == set()
