"""Who may answer a request: deciders over all that some answer of theirs would change (rule 6)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from api.reads.look import Clocks, Look
from api.reads.measured import UNLIMITED
from api.reads.tree import parents
from ledger.periods import FOREVER, Instant
from projections.organisation.read import Delegation, delegations, pools
from projections.requests.asked import Asked

Amounts = Mapping[str, int]


class Deciders:
    """The deciders of an instant, and what each may do."""

    def __init__(self, look: Look, clocks: Clocks) -> None:
        at, known_at = clocks.valid_at, clocks.known_at
        self._at: Instant = at
        self._above = parents(look, clocks, "then")
        self._held: defaultdict[str, list[Delegation]] = defaultdict(list)
        for one in delegations(look.connection, valid_at=at, known_at=known_at):
            if one.role == "decider":
                self._held[one.unit].append(one)
        all_pools = pools(look.connection, valid_at=FOREVER, known_at=known_at)
        self._granules = {one.pool: one.granule for one in all_pools}

    def of(self, one: Asked) -> tuple[str, ...]:
        """Who may answer a request, by name.

        Not who asked, nor who gave or confirmed the answer that is appealed. Nobody answers what
        is withdrawn or lapsed, or of a unit that is closed.
        """
        if one.unit not in self._above or one.status(self._at) in ("withdrawn", "lapsed"):
            return ()
        barred = {*one.askers, *(one.answered_by if one.appealed > one.decided else ())}
        most = self._most(one)
        return tuple(
            sorted(
                person for person, some in most.items()
                if person not in barred and is_answerable(one, some, self._granules)
            )
        )  # fmt: skip

    def _most(self, one: Asked) -> Mapping[str, Amounts]:
        """How much of each pool concerned each person may award at most in one decision."""
        named = {*one.pools, *dict(one.awarded), *dict(one.granted)}
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for held in self._over(one.unit):
            may, most = found[held.to], held.most or UNLIMITED
            for pool in named if held.pools is None else named.intersection(held.pools):
                may[pool] = max(may.get(pool, 0), most)
        return found

    def _over(self, unit: str | None) -> Iterator[Delegation]:
        while unit is not None:
            yield from self._held.get(unit, ())
            unit = self._above.get(unit)


def is_answerable(one: Asked, most: Amounts, granules: Amounts) -> bool:
    """Whether some answer changes the awards of no other pools, and raises none by more than this.

    A no, or a later, leaves awarded what is granted; what awards says how much of each pool, of
    those asked for and those granted of. Where no award changes, all pools asked for count.
    """
    granted, awarded = dict(one.granted), dict(one.awarded)
    if _concerned(one, granted) <= most.keys():
        return True
    choice = {*one.pools, *granted}
    mine = choice & most.keys()
    least = {pool: (granted if pool in mine else awarded).get(pool, 0) for pool in choice}
    kept = {pool: awarded.get(pool, 0) for pool in choice}
    raised = [
        {**least, pool: least[pool] + granules[pool]}
        for pool in mine
        if least[pool] + granules[pool] - kept[pool] <= most[pool]
    ]
    return any(
        0 < sum(some.values()) <= one.quantity and _concerned(one, some) <= most.keys()
        for some in (kept, least, *raised)
    )


def _concerned(one: Asked, awards: Amounts) -> set[str]:
    """The pools over which who gives these awards has to be a decider."""
    before = dict(one.awarded)
    changed = {pool for pool in {*before, *awards} if before.get(pool, 0) != awards.get(pool, 0)}
    return changed or set(one.pools)
