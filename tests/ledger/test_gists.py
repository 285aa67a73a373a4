"""The gist of an event is all that a fold asks of it, for every topic ever stored."""

import ast
from pathlib import Path

import pytest

import ledger.evolve
from ledger.codec import decode
from ledger.events import TOPICS
from ledger.gists import GISTS, NEEDED, gist
from tests.ledger.test_codec import RECORDED

FOLDS = Path(ledger.evolve.__file__ or "").parent


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_a_gist_says_what_the_event_says(topic: str) -> None:
    stored = (RECORDED / f"{topic}.json").read_bytes()
    short, whole = gist(stored), decode(stored)
    assert type(short) is GISTS[topic]
    assert [getattr(short, name) for name in NEEDED] == [getattr(whole, name) for name in NEEDED]
    assert not hasattr(short, "authority")


def test_no_fold_asks_for_more_than_the_gist() -> None:
    asked = {
        node.attr
        for path in FOLDS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "event"
    }
    assert asked <= set(NEEDED)
    assert "data" in asked
