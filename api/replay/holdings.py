"""Who holds what at an instant, counted from a fold of the log: the rows of /v1/holdings."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct

from api.reads.deliverable import Claim, deliverable
from ledger.gathering import Gathering
from ledger.holding import hold_at, own_at
from ledger.periods import Instant
from ledger.records import GrantRecord, UnitRecord

Group = Literal["unit", "grant", "pool", "parent"]
GROUPS: Final[tuple[Group, ...]] = ("unit", "grant", "pool", "parent")


class Held(Struct, frozen=True, kw_only=True):
    """What one grant has in hand; `lent` is in other hands, and all of a loan is `borrowed_in`."""

    grant: GrantRecord
    quantity: int
    lent: int

    @property
    def borrowed_in(self) -> int:
        """What of it goes back to a lender."""
        return self.quantity if self.grant.lender is not None else 0


class Row(Struct, frozen=True, kw_only=True):
    """What a unit, grant, pool or the members of a parent have in hand of a pool.

    `lender` is the grant that a loan was made of, in rows of single grants.
    """

    pool: str
    name: tuple[str, ...]
    lender: str | None
    quantity: int
    guaranteed: int
    borrowed: int
    lent: int
    borrowed_in: int
    deliverable: int


def held_at(state: Gathering, at: Instant, pool: str | None = None) -> list[Held]:
    """What every grant, of one pool or of all, has in hand or has lent at an instant."""
    found: list[Held] = []
    for grant in _every(state):
        if grant.start <= at < grant.end and pool in (None, grant.pool):
            loans = state.loans_of(grant)
            lent = sum(own_at(loan, at) for loan in loans)
            quantity = hold_at(grant, at, loans)
            if quantity or lent:
                found.append(Held(grant=grant, quantity=quantity, lent=lent))
    return found


def rows(
    state: Gathering,
    at: Instant,
    group: Group,
    *,
    pool: str | None = None,
    is_chosen: Callable[[str], bool] | None = None,
) -> list[Row]:
    """The holdings of the units that are chosen (None: all), grouped, in the order of the API."""
    held = held_at(state, at, pool)
    usable = _usable(state, at, held)
    name = _NAMES[group](parents(state, at))
    found: defaultdict[tuple[str, tuple[str, ...]], list[Held]] = defaultdict(list)
    for one in held:
        if is_chosen is None or is_chosen(one.grant.unit):
            found[one.grant.pool, name(one.grant)].append(one)
    return [_row(key, found[key], usable, is_grant=group == "grant") for key in sorted(found)]


def parents(state: Gathering, at: Instant) -> dict[str, str | None]:
    """Where each unit stands at an instant."""
    return {name: _parent(unit, at) for name, unit in state.units.items()}


def overfull(state: Gathering, at: Instant) -> Iterator[tuple[str, int, int]]:
    """The pools of which more is held at an instant than is allocatable: how much of each."""
    held: defaultdict[str, int] = defaultdict(int)
    for one in held_at(state, at):
        held[one.grant.pool] += one.quantity
    for pool in sorted(held):
        allocatable = state.capacity[pool].at(at).allocatable
        if held[pool] > allocatable:
            yield pool, held[pool], allocatable


def _every(state: Gathering) -> Iterator[GrantRecord]:
    """Every grant, at hand or at rest."""
    at_hand = {one.grant: one for one in state.grants.at_hand()}
    yield from at_hand.values()
    yield from (one for one in state.grants.rest.all() if one.grant not in at_hand)


def _usable(state: Gathering, at: Instant, held: Iterable[Held]) -> dict[str, int]:
    """What of each grant can be delivered, of the pools that are physically short."""
    of_pool: defaultdict[str, list[Held]] = defaultdict(list)
    for one in held:
        of_pool[one.grant.pool].append(one)
    found: dict[str, int] = {}
    for pool, some in of_pool.items():
        level = state.capacity[pool].at(at)
        present = level.installed - level.lost
        if sum(one.quantity for one in some) > present:
            found |= deliverable([_claim(one) for one in some if one.quantity], present)
    return found


def _claim(one: Held) -> Claim:
    grant = one.grant
    return Claim(
        grant=grant.grant, unit=grant.unit, grant_class=grant.grant_class,
        quantity=one.quantity, start=grant.start, made=grant.made,
    )  # fmt: skip


def _row(
    key: tuple[str, tuple[str, ...]],
    some: list[Held],
    usable: Mapping[str, int],
    *,
    is_grant: bool,
) -> Row:
    guaranteed = sum(one.quantity for one in some if one.grant.grant_class == "guaranteed")
    quantity = sum(one.quantity for one in some)
    return Row(
        pool=key[0],
        name=key[1],
        lender=some[0].grant.lender if is_grant else None,
        quantity=quantity,
        guaranteed=guaranteed,
        borrowed=quantity - guaranteed,
        lent=sum(one.lent for one in some),
        borrowed_in=sum(one.borrowed_in for one in some),
        deliverable=sum(usable.get(one.grant.grant, one.quantity) for one in some),
    )


_Name = Callable[[GrantRecord], tuple[str, ...]]
_NAMES: Final[Mapping[Group, Callable[[Mapping[str, str | None]], _Name]]] = {
    "unit": lambda _above: lambda grant: (grant.unit,),
    "grant": lambda _above: lambda grant: (grant.unit, grant.grant),
    "pool": lambda _above: lambda _grant: (),
    # The root belongs to nobody: what it holds itself stands under its own name.
    "parent": lambda above: lambda grant: (above.get(grant.unit) or grant.unit,),
}


def _parent(unit: UnitRecord, at: Instant) -> str | None:
    said = [one for one in unit.said if one.what == "parent" and one.at <= at]
    last = max(said, key=lambda one: (one.at, one.position), default=None)
    return None if last is None else last.value
