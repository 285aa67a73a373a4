"""Who passed how much to whom as a drawing: who gave on the left, who got on the right."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.web.charts import COLOURS, OTHERS, colour
from api.web.rendering import quantity

MOST: Final = 12
"""Units on one side; the smaller ones are drawn together."""
REST: Final = ""
"""Stands for them: no unit has this id."""
WIDTH, BODY, GAP, TOP = 960, 280, 18, 10
"""The drawing's width, what all that passed is high, the room between two ends, and above them."""
LEFT, RIGHT, THICK = 270, 678, 12
"""Where the ends stand from and to which bands lead, and how thick they are drawn."""
LABEL: Final = 26
"""Letters of a name; the table has all of it."""
POOL: Final = "headroom"
"""The colour of the pool itself."""

End = str | None
"""A unit, or None for the pool."""


class Passed(Struct, frozen=True, kw_only=True):
    """How much passed from one end to another."""

    source: End
    target: End
    quantity: int


class Stand(Struct, frozen=True, kw_only=True):
    """An end where it is drawn, with its words beside it."""

    label: str
    colour: str
    x: int
    y: float
    height: float
    words_x: int
    words_y: float
    anchor: str


class Band(Struct, frozen=True, kw_only=True):
    """What passed from one end to another, as wide as it is much."""

    says: str
    colour: str
    path: str


class Sankey(Struct, frozen=True, kw_only=True):
    """The drawing; `merged` is how many units are drawn together with others."""

    says: str
    width: int
    height: int
    stands: tuple[Stand, ...]
    bands: tuple[Band, ...]
    merged: int


def sankey(says: str, flows: Sequence[Passed], name: Callable[[str], str]) -> Sankey:
    """Draw flows, of which there are some, the largest ends first and the pool last."""
    gave = Counter[End]()
    got = Counter[End]()
    for one in flows:
        gave[one.source] += one.quantity
        got[one.target] += one.quantity
    givers, takers = _order(gave), _order(got)
    ranks = {unit: rank for rank, unit in enumerate(_units(gave + got))}
    drawn = Counter[tuple[End, End]]()
    for one in flows:
        drawn[_seen(one.source, givers), _seen(one.target, takers)] += one.quantity
    scale = BODY / gave.total()
    sides = (
        _places(givers, drawn, 0, scale),
        _places(takers, drawn, 1, scale),
    )
    labels = tuple(_labels(order, sums, name) for order, sums in ((givers, gave), (takers, got)))
    ends = max(len(givers), len(takers))
    return Sankey(
        says=says,
        width=WIDTH,
        height=BODY + GAP * (ends - 1) + 2 * TOP,
        stands=tuple(
            _stand(end, side, sides[side][end], labels[side][end], ranks)
            for side in (0, 1)
            for end in sides[side]
        ),
        bands=tuple(_bands(drawn, sides, labels, scale, ranks)),
        merged=len(_units(gave + got)) - len({*givers, *takers} - {None, REST}),
    )


def _units(sums: Mapping[End, int]) -> list[str]:
    """The units among ends, the largest first."""
    return sorted((end for end in sums if end is not None), key=lambda end: (-sums[end], end))


def _order(sums: Mapping[End, int]) -> list[End]:
    """The ends that one side draws, from top to bottom."""
    units = _units(sums)
    named = units if len(units) <= MOST else [*units[: MOST - 1], REST]
    return [*named, *([None] if None in sums else [])]


def _seen(end: End, order: Sequence[End]) -> End:
    return end if end in order else REST


def _places(
    order: Sequence[End], drawn: Mapping[tuple[End, End], int], side: int, scale: float
) -> dict[End, tuple[float, float]]:
    """From where to where each end of a side reaches."""
    places: dict[End, tuple[float, float]] = {}
    top = float(TOP)
    for end in order:
        high = scale * sum(much for ends, much in drawn.items() if ends[side] == end)
        places[end] = (top, top + high)
        top += high + GAP
    return places


def _labels(
    order: Sequence[End], sums: Mapping[End, int], name: Callable[[str], str]
) -> Mapping[End, str]:
    named = {end: sums[end] for end in order if end != REST}
    rest = len(sums) - len(named)
    return {
        end: f"{_called(end, rest, name)} {quantity(named.get(end, 0) or _left(sums, named))}"
        for end in order
    }


def _left(sums: Mapping[End, int], named: Mapping[End, int]) -> int:
    return sum(sums.values()) - sum(named.values())


def _called(end: End, rest: int, name: Callable[[str], str]) -> str:
    if end is None:
        return "the pool"
    if end == REST:
        return f"{rest} others"
    whole = name(end)
    return whole if len(whole) <= LABEL else f"{whole[: LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"


def _stand(
    end: End, side: int, place: tuple[float, float], label: str, ranks: Mapping[str, int]
) -> Stand:
    top, bottom = place
    return Stand(
        label=label,
        colour=_colour(end, ranks),
        x=(LEFT - THICK, RIGHT)[side],
        y=round(top, 1),
        height=round(max(1, bottom - top), 1),
        words_x=(LEFT - THICK - 8, RIGHT + THICK + 8)[side],
        words_y=round((top + bottom) / 2, 1),
        anchor=("end", "start")[side],
    )


def _colour(end: End, ranks: Mapping[str, int]) -> str:
    if end is None:
        return POOL
    return colour(ranks.get(end, COLOURS)) if end != REST else OTHERS


def _bands(
    drawn: Mapping[tuple[End, End], int],
    sides: tuple[Mapping[End, tuple[float, float]], Mapping[End, tuple[float, float]]],
    labels: Sequence[Mapping[End, str]],
    scale: float,
    ranks: Mapping[str, int],
) -> list[Band]:
    """Bands from top to bottom on both sides, so that they cross as little as can be."""
    reached = tuple({end: top for end, (top, _) in side.items()} for side in sides)
    bands: list[Band] = []
    for source in sides[0]:
        for target in sides[1]:
            much = drawn.get((source, target), 0)
            if not much:
                continue
            high = much * scale
            here, there = reached[0][source], reached[1][target]
            reached[0][source] += high
            reached[1][target] += high
            bands.append(
                Band(
                    says=f"{quantity(much)} of {labels[0][source]} to {labels[1][target]}",
                    colour=_colour(target if source is None else source, ranks),
                    path=_path(here, there, max(1.0, high)),
                )
            )
    return bands


def _path(here: float, there: float, high: float) -> str:
    middle = (LEFT + RIGHT) // 2
    return (
        f"M{LEFT} {here:.1f}C{middle} {here:.1f} {middle} {there:.1f} {RIGHT} {there:.1f}"
        f"v{high:.1f}C{middle} {there + high:.1f} {middle} {here + high:.1f} "
        f"{LEFT} {here + high:.1f}z"
    )
