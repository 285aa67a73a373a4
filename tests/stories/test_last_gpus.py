"""Twenty operators ask for the last 8 GPUs at once."""

from collections.abc import Iterator

import pytest
from msgspec import Struct

from ledger.store.embedded.server import Server
from tests.cli.running import Ledger, ledger
from tests.support.lab import Lab, furnish, grant
from tests.support.oracle import differences, whole_log
from tests.support.people import Person, Told, at_once, problem

OPERATORS = 20
HELD = 120
UNTIL = "2150-01-01T00:00:00.000000Z"


class Rush(Struct, frozen=True, kw_only=True):
    """The ledger, its people, and what each operator was told, in their order."""

    running: Ledger
    lab: Lab
    told: list[Told]

    @property
    def winner(self) -> Told:
        """The one who got them."""
        return next(one for one in self.told if one.status == 201)

    @property
    def refused(self) -> list[Told]:
        """The others."""
        return [one for one in self.told if one.status != 201]


@pytest.fixture(scope="module")
def rush(postgres_server: Server) -> Iterator[Rush]:
    """Of 128 GPUs one team holds 120 until 2150; then every operator asks for 8 at once."""
    with ledger(postgres_server) as running:
        lab = furnish(running.url, capacity=128, teams=OPERATORS, operators=OPERATORS)
        person = Person(running.url, lab.operators[0])
        before = person.ask("grant", {**grant(lab.teams[0], HELD), "ends_at": UNTIL}, "before")
        person.hang_up()
        assert before.status == 201, before.body

        def asking(number: int) -> Told:
            person = Person(running.url, lab.operators[number])
            try:
                return person.ask("grant", grant(lab.teams[number], 8), "the-last-8")
            finally:
                person.hang_up()

        told = at_once([lambda number=number: asking(number) for number in range(OPERATORS)])
        yield Rush(running=running, lab=lab, told=told)


def test_one_gets_them_and_nineteen_get_the_arithmetic(rush: Rush) -> None:
    assert sorted(one.status for one in rush.told) == [201] + [409] * (OPERATORS - 1)
    for one in rush.refused:
        no = problem(one)
        assert no.code == "NotEnoughFree"
        said = {name: no.arithmetic[name] for name in ("pool", "asked", "available", "limit")}
        assert said == {"pool": "phoenix/h100", "asked": 8, "available": 0, "limit": 128}
        assert (no.arithmetic["before"], no.arithmetic["after"]) == (128, 136)
        assert one.position == rush.winner.position


def test_who_was_refused_learns_who_holds_them_and_when_some_come_back(rush: Rush) -> None:
    gained = rush.lab.teams[rush.told.index(rush.winner)]
    held = {rush.lab.teams[0]: HELD}
    held[gained] = held.get(gained, 0) + 8
    for one in rush.refused:
        no = problem(one)
        assert {each["unit"]: each["quantity"] for each in no.holders} == held
        assert [(each["at"], each["quantity"]) for each in no.next] == [(UNTIL, HELD)]
        assert f"of {rush.lab.teams[0]} ends" in str(no.next[0]["cause"])


def test_every_answer_is_what_the_rules_say_at_its_place_in_the_log(rush: Rush) -> None:
    log = whole_log(rush.running.environ["ALLOT_DATABASE_URL"])
    assert differences(log, rush.told) == []


def test_a_repeated_key_gives_each_the_same_answer_again(rush: Rush) -> None:
    def again(told: Told) -> Told:
        person = Person(rush.running.url, told.asked.by)
        try:
            return person.repeat(told.asked)
        finally:
            person.hang_up()

    second = at_once([lambda told=told: again(told) for told in rush.told])
    assert [one.answer for one in second] == [one.answer for one in rush.told]
    assert [one.position for one in second] == [one.position for one in rush.told]
    assert all(one.replayed for one in second)
    assert not any(one.replayed for one in rush.told)
