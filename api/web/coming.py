"""What comes free of every pool, put together from sums: a page names no cause of it."""

from collections import defaultdict
from collections.abc import Mapping

from api.reads.curves import Turn
from api.web.ahead import Horizon, Outlook, horizons, reaches
from api.web.record import Record
from projections.holdings.ahead import Ahead


def coming_free(record: Record) -> Mapping[str, tuple[Horizon, ...]]:
    """The horizons of each pool whose capacity is known."""
    later = reaches(record.valid_at)
    allocatable = [record.allocatable_at(at) for at in later]
    ahead = record.ahead(later)
    expected: defaultdict[str, list[Turn]] = defaultdict(list)
    for pool, turn in record.reads.expected(later[-1]):
        expected[pool].append(turn)
    return {
        pool: horizons(
            Outlook(
                allocatable=numbers.allocatable,
                held=numbers.held,
                later=[of[pool] for of in allocatable],
                ahead=ahead.get(pool, [Ahead(0, 0)] * len(later)),
                expected=expected[pool],
            ),
            record.valid_at,
        )
        for pool, numbers in record.numbers.items()
    }
