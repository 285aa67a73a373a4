"""After the killing: is everything there that was acknowledged, once, and as it was told."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from msgspec import Struct

from ledger.codec import decode
from ledger.log import StoredEvent
from tests.support.people import Told


class Verdict(Struct, frozen=True, kw_only=True):
    """What went wrong, by key. All three are empty, or the record cannot be trusted."""

    lost: list[str]
    twice: list[str]
    differ: list[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.twice or self.differ)


def judge(log: Sequence[StoredEvent], told: Sequence[Told], again: Sequence[Told]) -> Verdict:
    """Compare the log, the answers that were given, and what the same keys are answered now."""
    decisions: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    ids = Counter[str]()
    for stored in log:
        event = decode(stored.stored)
        decisions[event.by, event.key].add(event.decision)
        ids[event.id] += 1
    answers = {(one.asked.by, one.asked.key): one for one in told}
    now = {(one.asked.by, one.asked.key): one for one in again}
    return Verdict(
        lost=[key[1] for key, one in answers.items() if one.status == 201 and key not in decisions],
        twice=[key[1] for key, made in decisions.items() if len(made) > 1]
        + [name for name, count in ids.items() if count > 1],
        differ=[
            key[1]
            for key, one in answers.items()
            if key in now and (now[key].answer != one.answer or not now[key].replayed)
        ],
    )
