"""Write the story into a ledger through the committer, whose clock is driven through its years."""

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from api.demo.author import Spoken, StoryBroken
from ledger.asks import Answer, Ask
from ledger.codec import canonical
from ledger.facts import Via
from ledger.organising import Confirm
from ledger.periods import Instant, to_datetime

TOOL: Final = "allot demo"


@dataclass(slots=True)
class StoryClock:
    """The clock of the committer that writes the story: it stands where the story is."""

    now: datetime

    def __call__(self) -> datetime:
        """The story's present instant."""
        return self.now


class Committing(Protocol):
    """What the filling needs of the committer."""

    def submit(self, ask: Ask, done: Callable[[Answer], None]) -> None:
        """Queue one ask; `done` is called once, on the committer's thread."""
        ...


def fill(committer: Committing, spoken: Iterable[Spoken], clock: StoryClock) -> Iterator[Instant]:
    """Say everything in order, each at its own instant; yields how far the story has come.

    What is in the ledger already is known by its key and not recorded again. Raises StoryBroken
    when the ledger answers otherwise than the story expects.
    """
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    waiting: dict[str, str] = {}
    for one in spoken:
        clock.now = to_datetime(one.at)
        committer.submit(_ask(one, waiting), answers.put)
        answer = answers.get()
        if answer.status != one.status:
            raise StoryBroken(f"{one.key} was answered with {answer.body.decode()}")
        if one.waits:
            waiting[one.key] = msgspec.json.decode(answer.body, type=_Waits).proposal
        yield one.at


class _Waits(Struct, frozen=True):
    proposal: str


def _ask(one: Spoken, waiting: Mapping[str, str]) -> Ask:
    """What is handed over: of a proposal nobody knows the id before the ledger has given it."""
    command = one.command
    if one.confirms is not None:
        command = Confirm(proposal=waiting[one.confirms])
    return Ask(
        command=command,
        by=one.by,
        via=Via(tool=TOOL),
        key=one.key,
        fingerprint=sha256(canonical(command)).digest(),
    )
