"""Where requests stand, as recorded by a position, is what a plain reading of the log says."""

import pytest

from ledger.events import Requested
from ledger.periods import Instant
from projections.requests.asked import Asked
from projections.requests.read import requests
from tests.projections.conftest import Log
from tests.projections.requesting import Asker
from tests.support.facts import Book, day, granted, named
from tests.support.naive_requests import about, granted_for, status_of
from tests.support.request_facts import amended, answered, wanted


def believed(log: Log, request: str, known_at: int) -> Asked:
    """One request as recorded by a position."""
    [found] = requests(log.connection, known_at=known_at, request=named(request))
    return found


@pytest.mark.parametrize("seed", [2, 11])
def test_every_request_stands_where_a_plain_reading_has_it(log: Log, seed: int) -> None:
    book = Asker(seed).write(300)
    log.write(book)
    log.follow(9, restarting=True)
    seen: set[str] = set()
    for known_at in range(len(book.events), 12, -37):
        events = book.events[:known_at]
        made = {one.data.request for one in events if isinstance(one, Requested)}
        found = requests(log.connection, known_at=known_at)
        assert {one.request for one in found} == made
        for one in found:
            given = {pool: some for pool, some in granted_for(events, one.request).items() if some}
            assert dict(one.granted) == given
            for at in (day(0), day(60), day(2000)):
                assert one.status(at) == status_of(events, one.request, at), one
                seen.add(one.status(at))
            assert one.asked_at == about(events, one.request)[0].recorded_at
        waiting = requests(log.connection, known_at=known_at, is_waiting=True)
        over = {"withdrawn", "denied", "fulfilled"}
        assert waiting == [one for one in found if one.status(day(0)) not in over]
    assert seen >= {"withdrawn", "lapsed", "appealed", "open", "denied", "deferred", "awarded",
                    "fulfilled"}  # fmt: skip


def test_a_corrected_grant_gives_another_quantity_and_one_that_never_was_gives_none(
    log: Log,
) -> None:
    book = Book()
    asked = wanted("r", "vision", 64)
    book.tell(asked, by="lea")
    book.tell(answered("r", "approved", ("h100", 64)))
    grant = granted("g", "vision", 64)
    made = book.tell(grant, request="r")[0].position
    smaller = book.correct(made, granted("g", "vision", 40))
    never = book.correct(made, None)
    again = book.correct(made, grant)
    log.write(book)
    log.follow(1, restarting=True)
    told = [
        (dict(one.granted), one.status(day(9)))
        for one in (believed(log, "r", at) for at in (made - 1, made, smaller, never, again))
    ]
    assert told == [
        ({}, "awarded"), ({"h100": 64}, "fulfilled"), ({"h100": 40}, "awarded"), ({}, "awarded"),
        ({"h100": 64}, "fulfilled"),
    ]  # fmt: skip


def test_the_priority_that_counts_is_a_deciders_and_asking_for_more_asks_anew(log: Log) -> None:
    book = Book()
    asked = wanted("r", "vision", 64, priority="critical", ends=day(90))
    book.tell(asked, by="lea")
    more = amended(asked, 96, justification="A larger encoder")
    book.tell(more, by="ada")
    book.tell(amended(asked, 80), by="bob")
    book.tell(answered("r", "deferred", rest="waits", priority="high", until=day(30)), by="dee")
    book.tell(answered("r", "approved", ("h100", 80)), by="dan")
    log.write(book)
    log.follow()
    told = [believed(log, "r", at) for at in range(1, 6)]
    assert [one.priority for one in told] == ["normal", "normal", "normal", "high", "high"]
    assert [one.since for one in told] == [1, 2, 2, 2, 2]
    assert [one.askers for one in told[:3]] == [("lea",), ("lea", "ada"), ("lea", "ada")]
    assert told[2].justification == "A larger encoder"
    assert (told[0].end, told[1].end) == (day(90), Instant("9999-12-31T23:59:59.999999Z"))
    assert (told[3].until, told[4].until, told[4].answered_by) == (day(30), None, ("dan",))


def test_requests_are_found_by_pool_and_unit(log: Log) -> None:
    book = Book()
    book.tell(wanted("r", "vision", 64, "h100", "a100"), wanted("s", "speech", 8, "a100"))
    log.write(book)
    log.follow()

    def found(pool: str | None, units: list[str] | None) -> set[str]:
        read = requests(log.connection, known_at=2, pool=pool, units=units)
        return {one.request for one in read}

    assert found("h100", None) == {named("r")}
    assert found("a100", None) == {named("r"), named("s")}
    assert found("a100", ["speech", "atlas"]) == {named("s")}
    assert found(None, []) == set()
