"""The settings that decide, in whatever order they were set for whichever instants."""

from random import Random

import pytest

from ledger.facts import Rules
from ledger.periods import Instant
from projections.organisation import read
from projections.organisation.model import ORGANISATION
from projections.rebuild import rebuild
from tests.projections.conftest import Log
from tests.support.facts import Book, day

SETTINGS = ("second_person_from", "backdate_days", "notice_days")
POOLS = (None, "a100", "h100")
Said = tuple[Instant, int, Rules]


def believed(said: list[Said], pool: str | None, at: Instant) -> tuple[int | None, ...] | None:
    """Each setting as it was named last by an instant; None where nothing was."""
    then = sorted(
        (one for one in said if one[2].pool == pool and one[0] <= at), key=lambda x: x[:2]
    )
    if not then:
        return None
    named = [[getattr(fact, name) for _, _, fact in then] for name in SETTINGS]
    return tuple(next((one for one in reversed(ones) if one is not None), None) for ones in named)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_setting_is_what_was_named_last_for_that_time(log: Log, seed: int) -> None:
    random = Random(seed)
    book = Book()
    said: list[Said] = []
    for today in range(1, 26):
        at = day(today + random.choice((0, 0, 2, 9, 30)))
        some = {name: random.randint(0, 9) for name in SETTINGS if random.random() < 0.5}
        fact = Rules(pool=random.choice(POOLS), **some)
        book.tell(fact, on=at, recorded=day(today))
        said.append((at, len(said) + 1, fact))
    log.write(book)
    log.follow(3, restarting=True, models=(ORGANISATION,))
    assert log.standing()["organisation"] == (25, "following")
    for known_at in (5, 12, 25):
        for at in map(day, range(1, 60, 2)):
            told = {
                one.pool: (one.second_person_from, one.backdate_days, one.notice_days)
                for one in read.rules(log.connection, valid_at=at, known_at=known_at)
            }
            now = {pool: believed(said[:known_at], pool, at) for pool in POOLS}
            assert told == {pool: one for pool, one in now.items() if one is not None}
    [built] = rebuild(log.url, models=(ORGANISATION,))
    assert not built.differences
