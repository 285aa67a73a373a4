"""A clock that is set between two comparisons dates nothing, and leaves nothing behind."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from ledger.codec import decode
from ledger.commands import Grant
from ledger.committer import Committer
from ledger.decide.founding import found as founding
from ledger.facts import Via
from ledger.founding import found
from ledger.refusals import ClockUnsure
from tests.support.committing import ask, committing, found_log, furniture, grant, statuses, told
from tests.support.memory_log import MemoryLog

YEAR = timedelta(days=365)
decided = partial(founding, founder="ann@lab", root="lab", via=Via(tool="test"))


class Wrong:
    """The machine's clock, wrong by so much."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.by


@pytest.mark.parametrize("by", [YEAR, -YEAR, timedelta(seconds=20)])
@pytest.mark.parametrize(
    ("command", "dry_run"), [(grant(1), True), (grant(1000), False), (grant(1), False)]
)
def test_a_clock_that_was_set_is_noticed_before_anything_is_stamped(
    by: timedelta, command: Grant, dry_run: bool
) -> None:
    log, clock = MemoryLog(), Wrong()
    found_log(log)
    with committing(Committer(log, clock=clock, compares_clock=True)) as committer:
        assert statuses(told(committer, *map(ask, furniture()))) == [201] * 4
        clock.by = by
        (wrong,) = told(committer, ask(command, dry_run=dry_run))
        assert (wrong.status, wrong.code) == (503, "ClockUnsure")
        clock.by = timedelta(0)
        assert statuses(told(committer, ask(grant(1)))) == [201]
    last = decode(log.read(log.head() - 1, 1)[0].stored)
    ahead = datetime.fromisoformat(last.recorded_at) - datetime.now(UTC)
    assert abs(ahead) < timedelta(seconds=20)


def test_nothing_is_founded_by_a_clock_that_is_far_from_the_databases() -> None:
    log, clock = MemoryLog(), Wrong()
    clock.by = YEAR
    with pytest.raises(ClockUnsure, match="from the database's"):
        found(log, decided, clock=clock, compares_clock=True)
    assert log.head() == 0
    clock.by = timedelta(0)
    assert found(log, decided, clock=clock, compares_clock=True) == log.head()
