"""The pages that tell how to do things: what they show is understood, one is run line by line."""

import re
import shlex
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from api.cli.reference import commands
from api.demo.filling import StoryClock, fill
from api.demo.story import begins, story
from ledger.committer import Committer
from ledger.decide.founding import found as founding
from ledger.facts import Via
from ledger.founding import found
from ledger.periods import to_datetime
from tests.cli.test_tutorial import Newcomer, is_seen, steps_of
from tests.house.tree import TOP
from tests.support.memory_log import MemoryLog

PAGES = sorted((TOP / "docs/how-to").glob("*.md"))
SHOWN = re.compile(r"^(?:    |      |\$ )(allot .+)$", re.MULTILINE)
REPLAY = TOP / "docs/how-to/replay-with-another-rule.md"
DAY = date(2026, 11, 25)


def shown() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for line in SHOWN.findall(page.read_text().replace("\\\n", " ")):
            yield page.stem, line


@pytest.mark.parametrize(("page", "line"), list(shown()))
def test_a_command_that_a_page_shows_is_understood(page: str, line: str) -> None:
    named = dict(commands())
    words = shlex.split(line, comments=True)
    length = next(n for n in range(len(words), 0, -1) if " ".join(words[:n]) in named)
    command = named[" ".join(words[:length])]
    command.make_context(" ".join(words[:length]), words[length:])


def test_a_command_that_is_not_understood_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option: --team"):
        dict(commands())["allot holdings"].make_context("allot holdings", ["--team", "vision"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an export of what `allot demo` writes on a day."""
    clock = StoryClock(to_datetime(begins(DAY)))
    log = MemoryLog(now=clock)
    decided = partial(
        founding, founder="operator@demo", root="lab", backdate_days=7, via=Via(tool="allot demo")
    )
    found(log, decided, clock=clock)
    committer = Committer(log, clock=clock)
    committer.start()
    for _ in fill(committer, story(1, DAY), clock):
        pass
    committer.stop()
    path = tmp_path_factory.mktemp("demo") / "record.jsonl"
    path.write_bytes(b"".join(one.stored + b"\n" for one in log.read(0, 100_000)))
    return path


def test_every_line_about_another_rule_does_what_the_page_says(demo: Path) -> None:
    page = REPLAY.read_text()
    (rules,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (demo.parent / "rules.py").write_text(rules)
    analyst = Newcomer(demo.parent)
    told = steps_of(page)
    assert told[0].typed.startswith("allot export events record.jsonl")
    assert len(told) == 6
    for step in told[1:]:
        said = analyst.type(step.typed)
        assert is_seen(step.seen, said), f"$ {step.typed}\n{said}\nis not\n{step.seen}"
