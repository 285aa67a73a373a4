"""Sixteen people who ask on whatever breaks, each thing by its key until it is answered."""

import random
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from msgspec.structs import replace

from tests.cli.running import PATIENCE_S
from tests.support.lab import Lab, furnish, grant, move, release
from tests.support.people import LOST, Asked, Person, Told, at_once

WRITERS = 16
CAPACITY = 512
PAUSE_S = 0.02
NOT_YET = frozenset({429, 500, 503})
"""No answer to the command: its fate is unknown, and it is asked again by its key."""


class Writer:
    """Asks one thing after the other, each until it is answered, and keeps the answers."""

    def __init__(self, url: Callable[[], str], name: str, asks: Iterator[Asked]) -> None:
        """`asks` never ends."""
        self.told: list[Told] = []
        self.unsure: list[Told] = []
        """Those of them whose first try had no answer."""
        self.waits: list[tuple[float, float]] = []
        """From when to when it waited for each answer (monotonic seconds)."""
        self.put_off: list[Told] = []
        """What was said instead of an answer."""
        self._url = url
        self._name = name
        self._asks = asks
        self._stopping = threading.Event()
        self._failures: list[Exception] = []
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def begin(self) -> None:
        """Start writing."""
        self._thread.start()

    def leave(self) -> None:
        """Ask for nothing new."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop once the last thing is answered."""
        self.leave()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), f"{self._name} still waits for an answer"
        if self._failures:
            raise self._failures[0]

    def _run(self) -> None:
        person = Person(self._url(), self._name)
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                person, told = self._until_answered(person, next(self._asks))
                self.told.append(told)
                self.waits.append((began, told.received))
        except Exception as failed:  # noqa: BLE001 - `stop` raises it
            self._failures.append(failed)
        finally:
            person.hang_up()

    def _until_answered(self, person: Person, asked: Asked) -> tuple[Person, Told]:
        """Ask until the command itself is answered; it counts as sent at the first try."""
        sent = time.monotonic()
        tries = 0
        while True:
            tries += 1
            try:
                told = person.repeat(asked)
            except LOST:
                person = Person(self._url(), self._name)
            else:
                if told.status not in NOT_YET:
                    told = replace(told, sent=sent)
                    self.unsure += [told] if tries > 1 else []
                    return person, told
                self.put_off.append(told)
            time.sleep(PAUSE_S)


def asks(lab: Lab, number: int, run: str) -> Iterator[Asked]:
    """What one writer asks, for ever: mostly possible, sometimes refused."""
    rng = random.Random(number)
    by = lab.operators[number]
    count = 0
    while True:
        one, other = rng.sample(lab.teams, 2)
        do, fields = rng.choice(
            (
                ("grant", grant(one, rng.randrange(1, 17))),
                ("release", release(one, rng.randrange(1, 17))),
                ("reallocate", move(one, other, rng.randrange(1, 9))),
            )
        )
        yield Asked(by=by, key=f"{run}:{number}:{count}", do=do, body=msgspec.json.encode(fields))
        count += 1


def furnished(url: str) -> Lab:
    """A laboratory with an operator for each writer."""
    return furnish(url, capacity=CAPACITY, teams=8, operators=WRITERS)


@contextmanager
def writing(
    url: Callable[[], str], lab: Lab, run: str, count: int = WRITERS
) -> Generator[list[Writer]]:
    """Let so many write while the block runs; afterwards each has its last answer.

    The keys of a run are its own. An address is asked for anew after an answer was lost.
    """
    writers = [
        Writer(url, lab.operators[number], asks(lab, number, run)) for number in range(count)
    ]
    for writer in writers:
        writer.begin()
    try:
        yield writers
    finally:
        for writer in writers:
            writer.leave()
    for writer in writers:
        writer.stop()


def asked_again(url: str, told: Sequence[Told]) -> list[Told]:
    """What every key is answered now; who is put off asks once more, as its writer did."""

    def answered(person: Person, asked: Asked) -> Told:
        deadline = time.monotonic() + PATIENCE_S
        while (one := person.repeat(asked)).status in NOT_YET and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
        return one

    def again(some: Sequence[Told]) -> list[Told]:
        person = Person(url, some[0].asked.by)
        try:
            return [answered(person, one.asked) for one in some]
        finally:
            person.hang_up()

    parts = [told[start::4] for start in range(4)]
    answers = at_once([lambda part=part: again(part) for part in parts if part])
    return [one for some in answers for one in some]
