"""GET /v1/holdings: who holds what at an instant, and what of it can be used."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal

from msgspec import UNSET, Struct

from api.reads.asked import Asked
from api.reads.cursors import Key
from api.reads.deliverable import Claim, deliverable
from api.reads.look import Clocks, Look
from api.reads.reading import Found, paged
from api.reads.shapes import HoldingRow, HoldingsPage, HoldingTotal
from api.reads.tree import members, parents, refuse_unknown
from ledger.vocabulary import GrantClass
from projections.capacity import read as capacity
from projections.history.breaches import breached
from projections.holdings import lending
from projections.holdings import read as record
from projections.holdings.read import Sum

Group = Literal["unit", "grant", "pool", "parent"]
GROUPS: Final[tuple[Group, ...]] = ("unit", "grant", "pool", "parent")


class Share(Struct, frozen=True):
    """What one grant, or all grants of a unit and class, have in hand, and what can be used.

    `lent` is what they have lent, `borrowed_in` what of the quantity is a loan, by `lender`.
    """

    pool: str
    unit: str
    grant: str
    grant_class: GrantClass
    quantity: int
    deliverable: int
    lent: int = 0
    borrowed_in: int = 0
    lender: str | None = None


def find(look: Look, asked: Asked) -> Found:
    """Who holds what. 404 UnknownPool, UnknownUnit."""
    clocks = look.clocks(asked)
    pool, unit, under = asked.pool(), asked.unit(), asked.unit("under")
    group = asked.one_of("group", GROUPS)
    refuse_unknown(look, clocks.known_at, pool=pool, units=(unit, under))
    units = chosen(look, clocks, asked, unit, under)
    shares = [*sorted_shares(look, clocks, pool, units, group), *lent(look, clocks, pool, units)]
    above = parents(look, clocks, asked.org) if group == "parent" else {}
    rows = rows_of(shares, group, above)
    items, after = paged(rows, key_of, asked)
    answer = HoldingsPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        org=asked.org,
        items=items,
        totals=totals_of(shares),
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed and asked.org == "then", after=after)


def chosen(
    look: Look, clocks: Clocks, asked: Asked, unit: str | None, under: str | None
) -> Sequence[str] | None:
    """The units that both filters leave; None for all."""
    below = None if under is None else members(look, clocks, asked.org, under)
    if unit is None:
        return below
    return [unit] if below is None or unit in below else []


def sorted_shares(
    look: Look, clocks: Clocks, pool: str | None, units: Sequence[str] | None, group: Group
) -> list[Share]:
    """What is held, by pool, unit and grant, with what can be delivered of it."""
    if units is not None and not units:
        return []
    at, known_at = clocks.valid_at, clocks.known_at
    sums = record.held_sums(look.connection, pool=pool, units=units, valid_at=at, known_at=known_at)
    short = short_pools(look, clocks, pool, sums, is_whole=units is None)
    if group != "grant" and not short:
        return [
            Share(one.pool, one.unit, "", one.grant_class, one.quantity, one.quantity)
            for one in sums
        ]
    held = record.held(look.connection, pool=pool, units=units, valid_at=at, known_at=known_at)
    usable = {
        grant: quantity
        for name, present in short.items()
        for grant, quantity in delivered(look, clocks, name, present).items()
    }
    shares = [
        Share(one.pool, one.unit, one.grant, one.grant_class, one.quantity,
              usable.get(one.grant, one.quantity))
        for one in held
    ]  # fmt: skip
    return sorted(shares, key=lambda one: (one.pool, one.unit, one.grant))


def lent(
    look: Look, clocks: Clocks, pool: str | None, units: Sequence[str] | None
) -> list[Share]:  # fmt: skip
    """What is lent and borrowed beside what is held: a unit may have lent all it has."""
    if units is not None and not units:
        return []
    found = lending.loans(
        look.connection,
        pool=pool,
        units=units,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
    )
    return [
        Share(one.pool, one.unit, one.grant, "borrowed", 0, 0, one.lent, one.borrowed_in,
              one.lender)
        for one in found
    ]  # fmt: skip


def short_pools(
    look: Look, clocks: Clocks, pool: str | None, sums: Iterable[Sum], *, is_whole: bool
) -> dict[str, int]:
    """The pools in which more is held than is physically there, and how much is there.

    Of the pools that `sums` name; unless these are whole, what others hold is summed up as well,
    where that can matter.
    """
    at, known_at = clocks.valid_at, clocks.known_at
    held: defaultdict[str, int] = defaultdict(int)
    for one in sums:
        held[one.pool] += one.quantity
    sure = held.keys() & capacity.unshrunk(look.connection, known_at)
    doubtful = (held.keys() - sure) | breached(look.connection, sure, known_at)
    if not doubtful:
        return {}
    all_held = (
        held if is_whole else record.held_of_pools(look.connection, valid_at=at, known_at=known_at)
    )
    levels = capacity.levels(look.connection, pool=pool, valid_at=at, known_at=known_at)
    present = {one.pool: (one.installed or 0) - (one.lost or 0) for one in levels}
    return {
        name: present.get(name, 0) for name in doubtful if all_held[name] > present.get(name, 0)
    }


def delivered(look: Look, clocks: Clocks, pool: str, present: int) -> Mapping[str, int]:
    """What can be used of each grant of a pool that is short."""
    at, known_at = clocks.valid_at, clocks.known_at
    held = record.held(look.connection, pool=pool, units=None, valid_at=at, known_at=known_at)
    quantities = {one.grant: one.quantity for one in held}
    made = record.grants_of(
        look.connection, pool=pool, units=None, valid_at=at, known_at=known_at, ended=False
    )
    claims = [
        Claim(
            grant=one.grant,
            unit=one.unit,
            grant_class=one.grant_class,
            quantity=quantities[one.grant],
            start=one.start,
            made=one.made,
        )
        for one in made
        if one.grant in quantities
    ]
    return deliverable(claims, present)


def rows_of(
    shares: Iterable[Share], group: Group, above: Mapping[str, str | None]
) -> list[HoldingRow]:
    """The rows of a grouping, in order."""
    name = _NAMES[group](above)
    ordered = sorted(shares, key=lambda one: (one.pool, name(one)))
    return [
        _row(group, pool, key, list(some))
        for (pool, key), some in groupby(ordered, lambda one: (one.pool, name(one)))
    ]


_Name = Callable[[Share], tuple[str, ...]]
_NAMES: Final[Mapping[Group, Callable[[Mapping[str, str | None]], _Name]]] = {
    "unit": lambda _above: lambda one: (one.unit,),
    "grant": lambda _above: lambda one: (one.unit, one.grant),
    "pool": lambda _above: lambda _one: (),
    # The root belongs to nobody: what it holds itself stands under its own name.
    "parent": lambda above: lambda one: (above.get(one.unit) or one.unit,),
}


def _row(group: Group, pool: str, key: tuple[str, ...], shares: Sequence[Share]) -> HoldingRow:
    return HoldingRow(
        pool=pool,
        unit=key[0] if group in ("unit", "grant") else UNSET,
        parent=key[0] if group == "parent" else UNSET,
        grant=key[1] if group == "grant" else UNSET,
        lender=next((one.lender for one in shares if group == "grant" and one.lender), UNSET),
        **_sums(shares),
    )


def _sums(shares: Iterable[Share]) -> dict[str, int]:
    guaranteed = borrowed = usable = lent_out = borrowed_in = 0
    for one in shares:
        usable += one.deliverable
        lent_out += one.lent
        borrowed_in += one.borrowed_in
        if one.grant_class == "guaranteed":
            guaranteed += one.quantity
        else:
            borrowed += one.quantity
    return {
        "quantity": guaranteed + borrowed,
        "guaranteed": guaranteed,
        "borrowed": borrowed,
        "lent": lent_out,
        "borrowed_in": borrowed_in,
        "deliverable": usable,
    }


def totals_of(shares: Iterable[Share]) -> tuple[HoldingTotal, ...]:
    """The sums of what is listed, by pool."""
    by_pool: defaultdict[str, list[Share]] = defaultdict(list)
    for one in shares:
        by_pool[one.pool].append(one)
    return tuple(HoldingTotal(pool=pool, **_sums(by_pool[pool])) for pool in sorted(by_pool))


def key_of(row: HoldingRow) -> Key:
    """Where a row stands in the order of its list."""
    return (row.pool, row.unit or row.parent or "", row.grant or "")
