"""What came of a pledge is what a naive refold of every instant says, at every position."""

import pytest

from api.reads.look import Look
from api.reads.promised import Sums, surroundings, together
from ledger.pledge_facts import PledgeWithdrawal, RateSetting
from ledger.rates import RateRecord, in_time, rate_at
from projections.organisation import read as organisation
from projections.pledges.read import pledges
from tests.projections.belief import Belief
from tests.projections.conftest import Log
from tests.projections.histories import POOLS
from tests.projections.promising import Promiser
from tests.support.facts import Book, day, named
from tests.support.naive_pledges import MEASURES, Promises
from tests.support.pledge_facts import pledged, pledged_anew


def looking(log: Log) -> Look:
    """A look at all that is reflected."""
    return Look(connection=log.connection, reflected=log.head(), head=log.head(), now=day(0))


def quarter(one: Sums) -> str:
    return f"{one.start[:4]}-Q{(int(one.start[5:7]) + 2) // 3}"


@pytest.mark.parametrize("seed", range(4))
def test_what_came_of_every_pledge_is_what_a_naive_refold_says(log: Log, seed: int) -> None:
    book = Promiser(seed).write(110)
    log.write(book)
    log.follow(25)
    assert set(log.standing().values()) == {(log.head(), "following")}
    seen = 0
    for known_at in range(len(book.events), 12, -len(book.events) // 3):
        naive = Promises(book.events[:known_at])
        around = surroundings(looking(log), known_at)
        found = pledges(log.connection, known_at=known_at)
        assert sorted(one.pledge for one in found) == sorted(naive.pledges())
        for pledge in found:
            for until in (day(45), day(300)):
                wanted = naive.sums(pledge.pledge, until)
                told = {quarter(one): one for one in around.of(pledge, until)}
                for name in wanted.keys() | told.keys():
                    one = told.get(name) or together((), pledge.start)
                    sums = wanted.get(name, dict.fromkeys(MEASURES, 0))
                    assert one.promised == sums["promised"] * 10_000, (known_at, pledge, name)
                    assert (one.budgeted, one.granted, one.held) == (
                        sums["budgeted"], sums["granted"], sums["held"],
                    ), (known_at, pledge, name)  # fmt: skip
                    assert one.kept == (sums["held"] >= sums["promised"])
                    seen += bool(one.promised and one.granted and one.held)
    assert seen > 5


@pytest.mark.parametrize("seed", range(2))
def test_rates_are_believed_as_a_naive_reading_believes_them(log: Log, seed: int) -> None:
    book = Promiser(seed).write(150)
    log.write(book)
    log.follow(25)
    for known_at in range(len(book.events), 12, -40):
        told = Belief(book.events[:known_at])
        for at in (day(number) for number in range(-5, 200, 9)):
            wanted = {
                pool: rate.h100_milli
                for pool in POOLS
                if (
                    rate := rate_at(
                        in_time(
                            RateRecord(event.position, event.effective_at, event.data.h100_milli)
                            for event in told.events
                            if isinstance(event.data, RateSetting) and event.data.pool == pool
                        ),
                        at,
                    )
                )
            }
            found = organisation.rates(log.connection, valid_at=at, known_at=known_at)
            assert {one.pool: one.h100_milli for one in found} == wanted


def test_a_pledge_is_believed_as_it_was_said_corrected_and_taken_back(log: Log) -> None:
    book = Book()
    first = pledged("p", "vision", of="lab", share_bp=2000, until=day(90))
    book.tell(first, on=day(1))
    book.correct(1, pledged("p", "speech", of="lab", share_bp=2500, until=day(90)))
    book.correct(1, None)
    book.correct(1, first)
    book.tell(pledged_anew(first, quantity=8), on=day(30))
    book.tell(PledgeWithdrawal(pledge=named("p")), on=day(60))
    log.write(book)
    log.follow(1, restarting=True)

    def believed(known_at: int) -> list[tuple[str, list[int | None], str]]:
        found = pledges(log.connection, known_at=known_at)
        shares = [[said.share_bp or said.quantity for said in one.said] for one in found]
        return [(one.to_unit, some, one.until) for one, some in zip(found, shares, strict=True)]

    assert believed(1) == [("vision", [2000], day(90))]
    assert believed(2) == [("speech", [2500], day(90))]
    assert believed(3) == []
    assert believed(4) == [("vision", [2000], day(90))]
    assert believed(5) == [("vision", [2000, 8], day(90))]
    assert believed(6) == [("vision", [2000, 8, None], day(60))]
    assert pledges(log.connection, known_at=6, pledge=named("q")) == []
    assert pledges(log.connection, known_at=6, units=["speech"]) == []
