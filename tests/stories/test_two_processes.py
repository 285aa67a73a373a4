"""Two service processes and forty people on one hot pool: one order, and no answer out of it."""

import random
import time
from collections.abc import Callable

from ledger.codec import decode
from ledger.store.embedded.server import Server
from tests.cli.running import Ledger, ledger, serving
from tests.support.lab import Lab, furnish, grant, held_after_each, move, release
from tests.support.oracle import differences, gaps, out_of_order, whole_log
from tests.support.people import Person, Told, at_once
from tests.support.tailing import THE_END, WAYS, Reader

PEOPLE_EACH = 20
SECONDS = 12.0
CAPACITY = 96
TEAMS = 8


def ask_something(person: Person, lab: Lab, rng: random.Random, key: str) -> Told:
    """Ask for one of the things that meet in the pool."""
    one, other = rng.sample(lab.teams, 2)
    match rng.randrange(10):
        case 0 | 1 | 2 | 3:
            return person.ask("grant", grant(one, rng.randrange(1, 25)), key)
        case 4 | 5 | 6:
            return person.ask("release", release(one, rng.randrange(1, 17)), key)
        case _:
            return person.ask("reallocate", move(one, other, rng.randrange(1, 17)), key)


def people(urls: list[str], lab: Lab) -> list[Callable[[], list[Told]]]:
    """What each person does: asks on, and now and then repeats, at the other process, a key."""

    def acting(number: int) -> list[Told]:
        rng = random.Random(number)
        here, there = number % 2, 1 - number % 2
        mine = [Person(url, lab.operators[number]) for url in urls]
        told: list[Told] = []
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if told and rng.random() < 0.08:
                told.append(mine[there].repeat(rng.choice(told).asked))
            else:
                told.append(ask_something(mine[here], lab, rng, f"{number}:{len(told)}"))
        for person in mine:
            person.hang_up()
        return told

    return [lambda number=number: acting(number) for number in range(2 * PEOPLE_EACH)]


def load(one: Ledger, other: Ledger, lab: Lab) -> tuple[list[Told], list[Reader]]:
    """Let everybody act while readers follow at both processes."""
    readers = [Reader(way, lambda url=each.url: url) for way in WAYS for each in (one, other)]
    for reader in readers:
        reader.begin()
    told = [each for some in at_once(people([one.url, other.url], lab)) for each in some]
    last = Person(one.url, lab.operators[0])
    note = {"about": {"unit": lab.teams[0]}, "text": "The end of the week"}
    told.append(last.ask("note", note, THE_END))
    last.hang_up()
    return told, readers


def test_two_processes_and_forty_people_share_one_order(postgres_server: Server) -> None:
    with ledger(postgres_server) as one, serving(one.environ) as other:
        lab = furnish(one.url, capacity=CAPACITY, teams=TEAMS, operators=2 * PEOPLE_EACH)
        told, readers = load(one, other, lab)
        log = whole_log(one.environ["ALLOT_DATABASE_URL"])
        seen = {reader.way: reader.ended() for reader in readers}
    stored = [event.stored for event in log]

    # The log has no gap, and the pool was never overcommitted.
    assert gaps(log) == []
    assert max(held_after_each(stored)) <= CAPACITY
    assert max(held_after_each(stored)) > CAPACITY - 25

    # Every answer is the pure core's at that place in the log: a yes, and a no as well.
    first = [each for each in told if not each.replayed]
    assert {each.status for each in first} == {201, 409}
    assert differences(log, first) == []

    # A repeated key got the same answer, from either process, and is stored once.
    answers = {(each.asked.by, each.asked.key): each.answer for each in first}
    again = [each for each in told if each.replayed]
    assert again
    assert all(each.answer == answers[each.asked.by, each.asked.key] for each in again)
    assert len(first) == len(answers)
    keys = [(event.by, event.key) for event in map(decode, stored)]
    asked = {key for key in keys if key in answers}
    assert len([key for key in keys if key in answers]) == len(asked)

    # What was answered before something was asked stands before it.
    assert out_of_order(told) == []

    # Whoever followed saw each event once, in order, whichever way.
    everything = [(event.position, event.stored) for event in log]
    for way, events in seen.items():
        assert events == everything, way
