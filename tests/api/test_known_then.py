"""What is known at a position is what was told when the log ended there, by whichever read."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.reads.doors import READS
from api.reads.reading import Read
from ledger.events import Event
from ledger.periods import Instant, shifted
from tests.api.conftest import opened
from tests.projections.conftest import Log
from tests.support.any_history import ends, lived, named
from tests.support.facts import stored

Question = tuple[str, dict[str, Any]]


class Asker:
    """Draws questions about what a log names up to a position."""

    def __init__(self, seed: int, events: Sequence[Event]) -> None:
        self.random = Random(seed)
        self.events = events

    def ask(self, read: Read, known_at: int) -> Question:
        """A question that names every clock."""
        takes = {one.name for one in read.parameters}
        names = named(self.events[:known_at])
        path = read.path
        for part in ("grant", "request"):
            path = path.replace(f"{{{part}}}", self.random.choice(names[part]))
        asked = self._clocks(takes, known_at)
        asked |= {
            one.name: value
            for one in read.parameters
            if (values := self._values(one.name, one.schema, names)) and one.where == "query"
            and (one.is_needed or self.random.random() < 0.3)
            for value in [self.random.choice(values)]
        }  # fmt: skip
        if read.name == "statement":
            asked.pop("unit", None)
            asked["under"] = self.random.choice(names["unit"])
        return path, asked | ({"limit": 1000} if "limit" in takes else {})

    def _clocks(self, takes: set[str], known_at: int) -> dict[str, Any]:
        start = self._instant()
        end = shifted(start, timedelta(days=self.random.randint(1, 40)))
        asked: dict[str, Any] = {"from" if "from" in takes else "valid_at": start}
        asked |= {name: end for name in ("to", "until") if name in takes}
        if "known_to" in takes:
            before = self.random.choice(ends(self.events[:known_at]))
            return asked | {"known_from": before, "known_to": known_at}
        return {name: at for name, at in asked.items() if name in takes} | {"known_at": known_at}

    def _instant(self) -> Instant:
        at = self.random.choice(self.events).effective_at
        return shifted(at, timedelta(days=self.random.choice((0, 0, 0, -1, 2, 9))))

    def _values(self, name: str, schema: Any, names: dict[str, list[str]]) -> Sequence[Any]:
        """What a parameter may be that is no clock."""
        if name in ("format", "org"):
            return ()
        given: Mapping[str, Sequence[Any]] = names | {
            "under": names["unit"], "every": ("1d", "1w"), "by": ("founder", "second"),
            "q": ("-topic:noted.v1", "because"),
        }  # fmt: skip
        return given.get(name) or schema.get("enum") or ()


def answered(doors: TestClient, question: Question) -> tuple[int, str]:
    """Status and body."""
    path, asked = question
    answer = doors.get(path, params=asked)
    return answer.status_code, answer.text


def unnamed(question: Question) -> Question:
    """The same of the newest position, without naming it."""
    path, asked = question
    return path, {name: at for name, at in asked.items() if name not in ("known_at", "known_to")}


@pytest.mark.parametrize("seed", [3, 17])
def test_it_is_what_was_told_then(migrated_database: str, seed: int) -> None:
    events = lived(seed, 400).events
    asker = Asker(seed, events)
    told: list[tuple[Question, tuple[int, str]]] = []
    paths = set[str]()
    with (
        psycopg.connect(migrated_database, autocommit=True) as connection,
        opened(migrated_database) as doors,
    ):
        log = Log(migrated_database, connection)
        for known_at in (asker.random.choice(ends(events)[40:-20]), len(events)):
            log.append(*stored(events[log.head() : known_at]))
            log.follow()
            for question, answer in told:
                assert answered(doors, question) == answer, question
            for read in [*READS, *READS]:
                question = asker.ask(read, known_at)
                answer = answered(doors, question)
                assert answer[0] in (200, 404), (question, answer)
                paths |= {read.path} if answer[0] == 200 else set()
                told.append((question, answer))
        for question, answer in told[-len(READS) :]:
            assert answered(doors, unnamed(question)) == answer, question
    assert paths == {read.path for read in READS}
