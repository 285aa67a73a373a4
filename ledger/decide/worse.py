"""Over which times a decision makes something worse, and some of its legs do, too (rule 2)."""

from collections.abc import Iterable, Iterator, Sequence

from ledger.periods import Instant
from ledger.steps import Delta, net


def worse(deltas: Iterable[Delta]) -> list[Delta]:
    """Over which times these changes together leave less, in order."""
    return [one for one in net(deltas) if one[2] < 0]


def by_some(
    of_all: Sequence[Delta], by_them: Sequence[Delta]
) -> Iterator[tuple[Instant, Instant, Delta]]:
    """Over which times both leave less, with what the whole decision changes there, in order.

    Each is in order and overlaps nothing of its own.
    """
    place = 0
    for one in of_all:
        start, end, _ = one
        while place < len(by_them) and by_them[place][1] <= start:
            place += 1
        for since, until, _ in by_them[place:]:
            if since >= end:
                break
            yield max(start, since), min(end, until), one
