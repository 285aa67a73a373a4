"""Who is short when a pool has less than is held: for display only (domain, rule 3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from ledger.periods import Instant
from ledger.vocabulary import GrantClass


class Claim(Struct, frozen=True, kw_only=True):
    """What one grant has in hand of a pool; `made` is the position of its maker."""

    grant: str
    unit: str
    grant_class: GrantClass
    quantity: int
    start: Instant
    made: int


def deliverable(claims: Iterable[Claim], present: int) -> dict[str, int]:
    """How much of each grant of one pool can be delivered when `present` units are there.

    Borrowed grants are short first, the newest before the others; then the units that hold
    guaranteed grants are short in proportion, by largest remainder, ties by unit id; inside a
    unit its newest grant is short first. Newest = latest start, then made last.
    """
    newest_first = sorted(claims, key=lambda one: (one.start, one.made, one.grant), reverse=True)
    left = {one.grant: one.quantity for one in newest_first}
    short = max(0, sum(left.values()) - present)
    short -= _take(left, (one for one in newest_first if one.grant_class == "borrowed"), short)
    if short:
        guaranteed: defaultdict[str, list[Claim]] = defaultdict(list)
        for one in newest_first:
            if one.grant_class == "guaranteed":
                guaranteed[one.unit].append(one)
        held = {unit: sum(one.quantity for one in mine) for unit, mine in guaranteed.items()}
        for unit, part in in_proportion(short, held).items():
            _take(left, guaranteed[unit], part)
    return left


def in_proportion(quantity: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split a quantity by weight in whole units: largest remainder first, ties by name."""
    whole = sum(weights.values())
    parts = {name: quantity * weight // whole for name, weight in weights.items()}
    rest = quantity - sum(parts.values())
    by_remainder = sorted(weights, key=lambda name: (-(quantity * weights[name] % whole), name))
    for name in by_remainder[:rest]:
        parts[name] += 1
    return parts


def _take(left: dict[str, int], claims: Iterable[Claim], wanted: int) -> int:
    taken = 0
    for one in claims:
        some = min(wanted - taken, left[one.grant])
        left[one.grant] -= some
        taken += some
    return taken
