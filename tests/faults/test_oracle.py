"""The judge of the concurrent stories finds an answer that is not the pure core's."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from ledger.log import StoredEvent
from tests.support.books import Books, overcommitted
from tests.support.lab import POOL, grant, release
from tests.support.looks import foretold, looks_out_of_order, untrue
from tests.support.oracle import differences, gaps, out_of_order
from tests.support.people import Told
from tests.support.sequential import PERSON, Sequential, asked, furnished

AHEAD = "2150-01-01T00:00:00.000000Z"
LATER = "2160-01-01T00:00:00.000000Z"

SAID = (
    asked("open_pool", {"pool": POOL}, "pool"),
    asked("change_capacity", {"pool": POOL, "kind": "counted", "total": 8}, "capacity"),
    asked("create_unit", {"unit": "vision"}, "unit"),
    asked("grant", grant("vision", 8), "all"),
    asked("grant", grant("vision", 1), "one-more"),
    asked("note", {"about": {"unit": "vision"}, "text": "full"}, "note"),
)


@pytest.fixture(scope="module")
def week() -> tuple[list[StoredEvent], list[Told]]:
    """A log in memory, and what was answered: four decisions, a refusal, a decision."""
    ledger = Sequential()
    for number, one in enumerate(SAID, start=1):
        ledger.ask(one, number, number + 0.5)
    return ledger.log, ledger.told


def changed(told: Sequence[Told], key: str, **fields: object) -> list[Told]:
    """What was told, with one answer changed."""
    return [replace(one, **fields) if one.asked.key == key else one for one in told]


def test_the_core_agrees_with_its_own_answers(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert [one.status for one in told] == [201, 201, 201, 201, 409, 201]
    assert differences(log, told) == []
    assert gaps(log) == []
    assert out_of_order(told) == []


def test_a_changed_yes_is_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert len(differences(log, changed(told, "all", body=b"{}"))) == 1


def test_a_changed_no_is_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    refused = next(one for one in told if one.status == 409)
    other = refused.body.replace(b'"available":0', b'"available":1')
    assert other != refused.body
    assert len(differences(log, changed(told, "one-more", body=other))) == 1


def test_a_no_that_states_another_position_is_found(
    week: tuple[list[StoredEvent], list[Told]],
) -> None:
    log, told = week
    before = next(one for one in told if one.asked.key == "unit").position
    # There all 8 were free: the core would have said yes.
    assert len(differences(log, changed(told, "one-more", position=before))) >= 1


def test_a_yes_that_is_not_in_the_log_is_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert differences(log[:-1], told) == [f"{(PERSON, 'note')}: answered 201 and not in the log"]


def test_an_event_that_the_core_would_not_make_is_found(
    week: tuple[list[StoredEvent], list[Told]],
) -> None:
    log, told = week
    forged = [replace(e, stored=e.stored.replace(b'"full"', b'"half"')) for e in log]
    assert forged != log
    assert len(differences(forged, told)) == 1


def test_a_gap_and_a_swap_are_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert gaps([*log[:4], *log[5:]]) == list(range(6, len(log) + 1))
    swapped = changed(told, "note", position=1)
    assert ("all", "note") in out_of_order(swapped)


def test_units_that_two_hold_at_once_only_in_years_are_found_to_be_too_many() -> None:
    ledger = furnished(8, ("vision", "speech"))
    until = {**grant("vision", 8), "ends_at": LATER}
    assert ledger.ask(asked("grant", until, "now"), 1, 2).status == 201
    from_then = {**grant("speech", 1), "starts_at": AHEAD}
    ledger.ask(asked("grant", from_then, "then"), 3, 4, missing=1)
    assert overcommitted(ledger.log) == [len(ledger.log)]
    assert differences(ledger.log, ledger.told)


def test_the_books_know_what_rule_0_says() -> None:
    ledger = furnished(64, ("vision", "speech"))
    asks: list[tuple[str, dict[str, object]]] = [
        ("grant", {**grant("vision", 8), "ends_at": LATER}),
        ("release", {**release("vision", 4), "effective_at": AHEAD}),
        ("release", release("vision", 3)),  # three of the four that were to leave
        ("grant", {**grant("speech", 5), "borrowed": True, "starts_at": AHEAD}),
        ("release", {**release("vision", 0), "quantity": "all", "effective_at": LATER}),
    ]
    answers = [
        ledger.ask(asked(do, fields, f"{number}"), 1, 2).status
        for number, (do, fields) in enumerate(asks)
    ]
    assert answers == [201, 201, 201, 201, 409]
    books = Books()
    for event in ledger.log:
        books.take(event.stored)
    assert books.holders(books.now) == {"vision": (5, 0)}
    assert books.holders(AHEAD) == {"speech": (0, 5), "vision": (4, 0)}
    assert books.holders(LATER) == {"speech": (0, 5)}
    assert (books.held.highest(), books.held.at(LATER)) == (9, 5)


def test_a_look_is_held_to_what_it_states_and_what_it_was_promised() -> None:
    ledger = furnished(8, ("vision",))
    told = ledger.ask(asked("grant", grant("vision", 3), "some"), 1, 2)
    looks = [ledger.look(3, 4, min_position=told.position), ledger.look(5, 6)]
    assert untrue(ledger.log, looks) == []
    assert looks_out_of_order(looks, ledger.told) == []
    assert foretold(ledger.told, looks) == []

    one = looks[1]
    for shown, instead, wrong in (
        (b'"guaranteed":3', b'"guaranteed":2', "shown"),
        (b'"deliverable":3', b'"deliverable":2', "shown"),
        (b'"unit":"vision"', b'"unit":"speech"', "shown"),
        (b'"position":%d' % told.position, b'"position":%d' % (told.position - 1), "shown"),
        (b'"position":%d' % told.position, b'"position":99', "where nothing is"),
        (b'"valid_at":"2030', b'"valid_at":"2029', "before it was recorded"),
    ):
        assert shown in one.body
        (found,) = untrue(ledger.log, [replace(one, body=one.body.replace(shown, instead, 1))])
        assert wrong in found
    assert untrue(ledger.log, [replace(one, valid_at=AHEAD)])
    assert looks_out_of_order([replace(one, min_position=told.position + 1)], ledger.told)
    assert looks_out_of_order([one], [replace(told, sent=7)])
    assert foretold([replace(told, sent=7)], [one])
