"""Who waits for what is free: each request in turn takes the earliest that is left (rule 11)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from ledger.periods import FOREVER, Instant
from ledger.requests import OVER, RANKS
from ledger.steps import Steps
from projections.requests.asked import Asked

Free = Mapping[str, Steps]
"""What each pool has free over time, from the instant asked about on."""
Place = tuple[int, int, int, str]

AWARDED: Final = "awarded"


class Wait(Struct, frozen=True):
    """A request's place in its queue: who is ahead of it, and how much these still want."""

    requests: int
    quantity: int


def place(asked: Asked, at: Instant) -> Place:
    """Sorts a queue: awarded first, then priority, age since it last asked for more, and id."""
    is_awarded = asked.status(at) == AWARDED
    return (0 if is_awarded else 1, RANKS[asked.priority], asked.since, asked.request)


def in_order(all_asked: Iterable[Asked], at: Instant) -> list[Asked]:
    """Those that wait for something at an instant, in the order of the queue."""
    waiting = [one for one in all_asked if one.status(at) not in OVER]
    return sorted(waiting, key=lambda one: place(one, at))


def wanted(asked: Asked, at: Instant) -> int:
    """How much it still waits for: of an award what is not granted, else of all it asks for."""
    if asked.status(at) == AWARDED:
        return sum(left(asked).values())
    return max(0, asked.quantity - sum(quantity for _, quantity in asked.granted))


def left(asked: Asked) -> dict[str, int]:
    """What of an award is not granted, by pool: no more than is asked for by now."""
    given = dict(asked.granted)
    most = asked.quantity - sum(given.values())
    found: dict[str, int] = {}
    for pool, quantity in asked.awarded:
        some = min(quantity - given.get(pool, 0), most)
        if some > 0:
            found[pool] = some
            most -= some
    return found


def ahead(queue: Sequence[Asked], at: Instant) -> dict[str, Wait]:
    """For each of a queue those before it that would take of a same pool.

    Those that would take of the very same pools are counted together, so that a long queue costs
    no look from each at each.
    """
    found: dict[str, Wait] = {}
    before: dict[frozenset[str], Wait] = {}
    with_pool: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for one in queue:
        pools = frozenset(_pools(one, at))
        met = [before[some] for some in set[frozenset[str]]().union(*(with_pool[p] for p in pools))]
        found[one.request] = Wait(
            sum(wait.requests for wait in met), sum(wait.quantity for wait in met)
        )
        alike = before.get(pools, Wait(0, 0))
        before[pools] = Wait(alike.requests + 1, alike.quantity + wanted(one, at))
        for pool in pools:
            with_pool[pool].add(pools)
    return found


def _pools(asked: Asked, at: Instant) -> Iterable[str]:
    """The pools that it would take from."""
    if asked.status(at) == AWARDED:
        return left(asked)
    return asked.pools


def earliest(queue: Sequence[Asked], free: Free, at: Instant) -> dict[str, Instant | None]:
    """When each of a queue could have all that it waits for, as far as what is free tells.

    In order each takes from the earliest instant on, until its end, what those before it left;
    of several pools the one that has it first. What cannot be had takes nothing. `free` is used up.
    """
    return {one.request: _take(one, free, at) for one in queue}


def _take(asked: Asked, free: Free, at: Instant) -> Instant | None:
    start = max(at, asked.start)
    if asked.status(at) == AWARDED:
        parts = left(asked)
        found = {
            pool: _since(free[pool], start, asked.end, some) for pool, some in parts.items()
        }  # fmt: skip
        return _taken(asked, free, found, parts)
    some = wanted(asked, at)
    choices = [
        (since, pool)
        for pool in asked.pools
        if (since := _since(free[pool], start, asked.end, some)) is not None
    ]
    if not choices:
        return None
    since, pool = min(choices, key=lambda one: one[0])
    return _taken(asked, free, {pool: since}, {pool: some})


def _taken(
    asked: Asked, free: Free, found: Mapping[str, Instant | None], parts: Mapping[str, int]
) -> Instant | None:
    """Take each part from when on it can be had; all of it is there with the last."""
    last: Instant | None = None
    for since in found.values():
        if since is None:
            return None
        last = since if last is None else max(last, since)
    for pool, since in found.items():
        if since is not None:
            free[pool].add(since, asked.end, -parts[pool])
    return last


def _since(free: Steps, start: Instant, end: Instant, quantity: int) -> Instant | None:
    """From when on so much is free until an end."""
    at = free.last_below(start, end, quantity)
    if at is None:
        return start if start < end else None
    return None if at >= min(end, FOREVER) else at
