"""A few people ask a few things at two processes; both judges look at what they were told."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from msgspec.structs import replace

from tests.faults.broken import careless, doors, followed
from tests.faults.hot_pool import look
from tests.faults.small import History, is_explained, objections
from tests.support.books import Books
from tests.support.committing import until
from tests.support.counter import Held
from tests.support.lab import POOL, Lab, furnish, grant, move, release
from tests.support.looks import Look
from tests.support.oracle import whole_log
from tests.support.people import Person, Told, at_once
from tests.support.postgres import FOUNDER

PEOPLE = 3
ACTS = 5
ROUNDS = 15
CAPACITY = 8
Answered = tuple[list[Told], list[Look]]


class Board:
    """Where everybody writes the newest position they were told, for those who look next."""

    def __init__(self) -> None:
        self._newest = 0
        self._writing = threading.Lock()

    def ask(self, person: Person, do: str, fields: dict[str, object], key: str) -> Told:
        """Ask, and write the position down before the answer counts as received."""
        told = person.ask(do, fields, key)
        with self._writing:
            self._newest = max(self._newest, told.position)
            return replace(told, received=time.monotonic())

    def look(self, person: Person) -> Look:
        """Look at what is on the board at least: at everything answered before."""
        with self._writing:
            sent, newest = time.monotonic(), self._newest
        return replace(look(person, "holdings", newest), sent=sent)


def acting(urls: Sequence[str], lab: Lab, board: Board, number: int, run: int) -> Answered:
    """What one person does in one round: mostly what two cannot both have."""
    rng = random.Random(run * PEOPLE + number)
    person = Person(urls[number % len(urls)], lab.operators[number])
    told: list[Told] = []
    looks: list[Look] = []
    for act in range(ACTS):
        one, other = rng.sample(lab.teams, 2)
        quantity = rng.randrange(1, CAPACITY)
        do, fields = rng.choice(
            (
                ("grant", grant(one, quantity)),
                ("release", release(one, quantity)),
                ("reallocate", move(one, other, quantity)),
            )
        )
        if rng.random() < 0.25:
            looks.append(board.look(person))
        else:
            told.append(board.ask(person, do, fields, f"{run}:{number}:{act}"))
    person.hang_up()
    return told, looks


def rounds(urls: Sequence[str], database: str) -> list[History]:
    """So many rounds, each a history of its own: nobody asks between two."""
    lab = furnish(urls[0], capacity=CAPACITY, teams=2, operators=PEOPLE, founder=FOUNDER)
    person = Person(urls[0], lab.operators[0])
    until(lambda: person.look(f"/v1/capacity?pool={POOL}")[0] == 200)
    person.hang_up()
    board = Board()
    found: list[History] = []
    for run in range(ROUNDS):
        begin = holders(database)

        def act(number: int, run: int = run) -> Callable[[], Answered]:
            return lambda: acting(urls, lab, board, number, run)

        answered = at_once([act(number) for number in range(PEOPLE)])
        found.append(
            History(
                capacity=CAPACITY,
                begin=begin,
                told=[one for told, _ in answered for one in told],
                looks=[one for _, looks in answered for one in looks],
                log=whole_log(database),
            )
        )
    return found


def holders(database: str) -> Held:
    """Who holds what by now."""
    books = Books()
    for event in whole_log(database):
        books.take(event.stored)
    return tuple((unit, sum(held)) for unit, held in books.holders(books.now).items())


def overlaps(history: History) -> bool:
    """Whether two of its questions were under way at once."""
    spans = sorted((one.sent, one.received) for one in (*history.told, *history.looks))
    return any(later[0] < one[1] for one, later in pairwise(spans))


def test_what_a_few_were_told_at_once_has_an_explanation(founded_database: str) -> None:
    with (
        followed(founded_database),
        doors(founded_database) as one,
        doors(founded_database) as other,
    ):
        histories = rounds([one, other], founded_database)
    for history in histories:
        assert objections(history) == []
        assert is_explained(history)
    assert any(map(overlaps, histories))
    assert {told.status for history in histories for told in history.told} == {201, 409}


def test_what_a_careless_process_told_a_few_has_none(founded_database: str) -> None:
    with (
        followed(founded_database),
        doors(founded_database) as one,
        doors(founded_database, judge=careless) as other,
    ):
        histories = rounds([one, other], founded_database)
    refused = [history for history in histories if objections(history)]
    assert refused
    unexplained = [history for history in histories if not is_explained(history)]
    assert unexplained
    assert all(objections(history) for history in unexplained)
