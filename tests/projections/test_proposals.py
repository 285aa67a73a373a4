"""What waits for a second person, and what came of it, is what a naive reading of the log says."""

from collections.abc import Sequence

import pytest

from ledger.events import Event, ProposalClosed, Proposed
from ledger.periods import Instant
from projections.proposals.read import STATUSES, proposals
from tests.projections.conftest import Log
from tests.projections.deciding import Decider
from tests.support.facts import day, named

Told = dict[str, tuple[str, int | None]]


def read_of(events: Sequence[Event], at: Instant) -> Told:
    """What each proposal is at an instant, and the position that ended it."""
    found: Told = {}
    for event in events:
        match event:
            case Proposed(data=fact):
                found[fact.proposal] = ("lapsed" if fact.expires_at <= at else "waiting", None)
            case ProposalClosed(data=fact):
                found[fact.proposal] = (fact.outcome, event.position)
            case _ if event.proposal is not None and found[event.proposal][1] is None:
                found[event.proposal] = ("confirmed", event.position)
            case _:
                pass
    return found


@pytest.mark.parametrize("seed", [1, 7, 51])
def test_every_proposal_is_believed_as_a_naive_reading_believes_it(log: Log, seed: int) -> None:
    book = Decider(seed).write(250)
    log.write(book)
    log.follow(7, restarting=True)
    kinds: set[str] = set()
    for known_at in range(len(book.events), 12, -29):
        for at in (day(10), day(60), day(1000)):
            found = proposals(log.connection, valid_at=at, known_at=known_at, limit=1000)
            positions = [one.position for one in found]
            assert positions == sorted(positions)
            told = {one.proposal: (one.status, one.ended) for one in found}
            assert told == read_of(book.events[:known_at], at)
            for status in STATUSES:
                some = proposals(
                    log.connection, valid_at=at, known_at=known_at, status=status, limit=1000
                )
                assert some == [one for one in found if one.status == status]
            kinds |= {one.status for one in found}
    assert kinds == set(STATUSES)


def test_a_proposal_names_who_ended_it_and_is_found_by_name_and_behind_a_position(
    log: Log,
) -> None:
    book = Decider(51).write(250)
    log.write(book)
    log.follow()
    at, known_at = day(1000), len(book.events)
    every = proposals(log.connection, valid_at=at, known_at=known_at, limit=1000)
    for place, one in enumerate(every):
        for name, asked in ((one.proposal, [one]), (named("none"), [])):
            found = proposals(
                log.connection, valid_at=at, known_at=known_at, proposal=name, limit=9
            )
            assert found == asked
        behind = proposals(
            log.connection, valid_at=at, known_at=known_at, after=one.position, limit=3
        )
        assert behind == every[place + 1 : place + 4]
        if one.ended is None:
            assert one.ended_by is None
        else:
            event = book.events[one.ended - 1]
            assert one.ended_by == (event.confirmed_by if one.status == "confirmed" else event.by)
