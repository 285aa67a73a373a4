"""How a pool looks on a page: its numbers, who holds it, what comes free, over time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from api.web.ahead import Horizon
from api.web.charts import COLOURS, OTHERS, Bar, Figure, Layer, Run, bar, colour, figure
from api.web.rendering import quantity
from ledger.capacity import Level
from ledger.periods import Instant, micros
from projections.holdings.lending import Loaned

Link = Callable[..., str]
REST = ""
"""No group's name: those that are not told apart."""


class Numbers(Struct, frozen=True, kw_only=True):
    """The numbers of a pool at an instant (domain, rules 1 and 3)."""

    installed: int
    lost: int
    headroom: int
    allocatable: int
    held: int
    free: int
    overcommitted: int
    shortfall: int

    @classmethod
    def of(cls, level: Level, held: int) -> "Numbers":
        """The numbers of a pool with a level of capacity, of which so much is held."""
        return cls(
            installed=level.installed,
            lost=level.lost,
            headroom=level.headroom,
            allocatable=level.allocatable,
            held=held,
            free=max(0, level.allocatable - held),
            overcommitted=max(0, held - level.allocatable),
            shortfall=max(0, held - (level.installed - level.lost)),
        )


class Share(Struct, frozen=True, kw_only=True):
    """One entry beside a bar."""

    label: str
    quantity: int
    colour: str
    href: str | None = None


class Card(Struct, frozen=True, kw_only=True):
    """One pool at an instant; no numbers before its capacity is known."""

    pool: str
    title: str
    unit_label: str
    granule: int
    closed_at: Instant | None
    capacity: Numbers | None
    bar: Bar
    bar_says: str
    shares: tuple[Share, ...]
    horizons: tuple[Horizon, ...]


class Holder(Struct, frozen=True, kw_only=True):
    """One unit in the table of holders; `deliverable` is what it can use of what it holds."""

    unit: str
    name: str
    quantity: int
    borrowed: int
    lent: int
    borrowed_in: int
    deliverable: int
    bar: Bar
    says: str


def is_short(numbers: Mapping[str, Numbers], pool: str) -> bool:
    """Whether less of a pool is there than is held."""
    return pool in numbers and numbers[pool].shortfall > 0


def ranked(held: Mapping[str, int]) -> list[str]:
    """Units with something in hand, the largest first."""
    return sorted((unit for unit in held if held[unit]), key=lambda unit: (-held[unit], unit))


def shares(held: Mapping[str, int], names: Mapping[str, str], link: Link) -> tuple[Share, ...]:
    """The largest holders by name, and the rest as one."""
    order = ranked(held)
    named = tuple(
        Share(
            label=names.get(unit, unit),
            quantity=held[unit],
            colour=colour(rank),
            href=link("/unit", unit=unit),
        )
        for rank, unit in enumerate(order[:COLOURS])
    )
    rest = order[COLOURS:]
    if not rest:
        return named
    return (*named, Share(label=_others(rest), quantity=sum(held[u] for u in rest), colour=OTHERS))


def spare(numbers: Numbers) -> tuple[Share, ...]:
    """What nobody holds: what is free, and what cannot be given out."""
    away = (("headroom", numbers.headroom), ("lost", numbers.lost))
    return (
        Share(label="free", quantity=numbers.free, colour="s0"),
        *(Share(label=name, quantity=count, colour=name) for name, count in away if count),
    )


def capacity_bar(held: Mapping[str, int], numbers: Numbers) -> Bar:
    """All that is installed: each holder a piece, then what is free, held back and lost."""
    parts = [(colour(rank), held[unit]) for rank, unit in enumerate(ranked(held))]
    rest = [(share.colour, share.quantity) for share in spare(numbers)]
    return bar(numbers.installed, [*parts, *rest])


def bar_says(entries: Iterable[Share], numbers: Numbers) -> str:
    """The bar in words."""
    holders = ", ".join(f"{entry.label} {quantity(entry.quantity)}" for entry in entries)
    return (
        f"Held {quantity(numbers.held)} of {quantity(numbers.allocatable)} allocatable"
        f"{': ' if holders else ''}{holders}. Free {quantity(numbers.free)}, "
        f"headroom {quantity(numbers.headroom)}, lost {quantity(numbers.lost)}."
    )


def holders(
    held: Mapping[str, int],
    borrowed: Mapping[str, int],
    loaned: Iterable[Loaned],
    names: Mapping[str, str],
    deliverable: Mapping[str, int] | None = None,
) -> tuple[Holder, ...]:
    """Every holder, the largest first, each with a bar as long as its part of the largest.

    Who has lent all it has stands at the end. `deliverable` is given where not all can be used.
    """
    lent: defaultdict[str, int] = defaultdict(int)
    borrowed_in: defaultdict[str, int] = defaultdict(int)
    for one in loaned:
        lent[one.unit] += one.lent
        borrowed_in[one.unit] += one.borrowed_in
    order = ranked(held)
    order += sorted(unit for unit in lent if lent[unit] and not held.get(unit))
    largest = max(held.values(), default=1)
    return tuple(
        Holder(
            unit=unit,
            name=names.get(unit, unit),
            quantity=held.get(unit, 0),
            borrowed=borrowed.get(unit, 0),
            lent=lent[unit],
            borrowed_in=borrowed_in[unit],
            deliverable=(held if deliverable is None else deliverable).get(unit, 0),
            bar=bar(largest, [(colour(rank), held.get(unit, 0))]),
            says=f"{quantity(held.get(unit, 0))} of {quantity(sum(held.values()))} held",
        )
        for rank, unit in enumerate(order)
    )


def over_time(
    says: str,
    groups: Mapping[str, Sequence[Run]],
    *,
    first: Sequence[str],
    entry: Callable[[str], tuple[str, str | None]],
    limit: Sequence[Run] = (),
    lines: Sequence[Layer] = (),
    window: tuple[Instant, Instant],
    now: Instant,
    is_sampled: bool = False,
) -> Figure:
    """Holdings stacked by group, those in `first` before others; `limit`, `lines` are lines above.

    `entry` gives the name of a group and where it leads. `REST` is a group of all that is not told
    apart.
    """
    known = [group for group in first if group in groups]
    gone = sorted(groups.keys() - {*known, REST}, key=lambda g: (-_area(groups[g], window), g))
    ordered = [*known, *gone]
    layers: list[Layer] = []
    for rank, group in enumerate(ordered[:COLOURS]):
        label, href = entry(group)
        runs = tuple(groups[group])
        layers.append(Layer(label=label, href=href, colour=colour(rank), runs=runs))
    rest = ordered[COLOURS:]
    if rest or REST in groups:
        runs = tuple(run for group in (*rest, REST) for run in groups.get(group, ()))
        label = "all others" if REST in groups else _others(rest)
        layers.append(Layer(label=label, colour=OTHERS, runs=runs))
    if limit:
        layers.append(Layer(label="allocatable", colour="ink", runs=tuple(limit), fill=False))
    return figure(says, [*layers, *lines], window, now, is_sampled=is_sampled)


def _others(rest: Sequence[str]) -> str:
    return "1 other" if len(rest) == 1 else f"{len(rest)} others"


def _area(runs: Iterable[Run], window: tuple[Instant, Instant]) -> int:
    start, end = window
    return sum(
        run.quantity * max(0, micros(min(run.end, end)) - micros(max(run.start, start)))
        for run in runs
    )
