"""Step charts and bars as numbers: what the browser draws, and the table of the same."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import Final

from msgspec import Struct

from ledger.periods import MICROSECOND, Instant, from_micros, micros

COLOURS: Final = 8
OTHERS: Final = "s9"
POINTS_MAX: Final = 1000
"""Breakpoints of a chart; with more of them it shows the values at evenly spaced instants."""
SAMPLES: Final = 250
"""So many of these: more make a table that nobody reads."""


class Run(Struct, frozen=True, kw_only=True):
    """A quantity over `[start, end)`."""

    start: Instant
    end: Instant
    quantity: int


class Layer(Struct, frozen=True, kw_only=True):
    """One series: where it leads, how it looks, and its runs, which may overlap and then add.

    With gaps there is no value where no run is, instead of nothing.
    """

    label: str
    colour: str
    runs: tuple[Run, ...]
    href: str | None = None
    fill: bool = True
    has_gaps: bool = False


class Series(Struct, frozen=True, kw_only=True):
    """What is drawn: `own` are the values, `values` the heights, which stack where filled."""

    label: str
    colour: str
    href: str | None
    fill: bool
    own: tuple[int | None, ...]
    values: tuple[int | None, ...]


class Chart(Struct, frozen=True, kw_only=True):
    """Breakpoints in seconds since 1970 and the series over them; `now` is the instant asked."""

    times: tuple[float, ...]
    now: float
    series: tuple[Series, ...]


class Row(Struct, frozen=True, kw_only=True):
    """The values from an instant on."""

    at: Instant
    values: tuple[int | None, ...]


class Figure(Struct, frozen=True, kw_only=True):
    """A chart, what it says to who cannot see it, and its table.

    `is_sampled` when there are more changes than can be shown: then each value holds at its
    instant, and what lies between two of them is not told.
    """

    says: str
    chart: Chart
    rows: tuple[Row, ...]
    is_sampled: bool


class Piece(Struct, frozen=True, kw_only=True):
    """A part of a bar."""

    colour: str
    x: int
    width: int


class Bar(Struct, frozen=True, kw_only=True):
    """Parts side by side of a whole."""

    whole: int
    pieces: tuple[Piece, ...]


def bar(whole: int, parts: Iterable[tuple[str, int]]) -> Bar:
    """Parts as (colour, quantity) side by side; a whole smaller than its parts grows to fit."""
    wide = [(colour, width) for colour, width in parts if width > 0]
    starts = accumulate((width for _, width in wide), initial=0)
    pieces = tuple(
        Piece(colour=colour, x=x, width=width)
        for (colour, width), x in zip(wide, starts, strict=False)
    )
    return Bar(whole=max(1, whole, sum(width for _, width in wide)), pieces=pieces)


def colour(rank: int) -> str:
    """The colour of the holder with this rank, from 0; the small ones share the last."""
    return f"s{rank + 1}" if rank < COLOURS else OTHERS


def figure(
    says: str,
    layers: Sequence[Layer],
    window: tuple[Instant, Instant],
    now: Instant,
    *,
    is_sampled: bool = False,
) -> Figure:
    """Layers over `[start, end)` of the window, filled ones stacked in the order given.

    `is_sampled` says that the runs of some are right at evenly spaced instants alone (`stride`).
    """
    times = _edges(layers, window)
    own = [_values(layer, times) for layer in layers]
    is_sampled = is_sampled or len(times) > POINTS_MAX
    if is_sampled:
        shown = evenly(window)
        last = [bisect_right(times, time) - 1 for time in shown]
        own, times = [[values[i] for i in last] for values in own], shown
    series: list[Series] = []
    below = [0] * len(times)
    for layer, values in zip(layers, own, strict=True):
        heights = values
        if layer.fill:
            heights = below = [a + (b or 0) for a, b in zip(below, values, strict=True)]
        series.append(
            Series(
                label=layer.label,
                colour=layer.colour,
                href=layer.href,
                fill=layer.fill,
                own=(*values, values[-1]),
                values=(*heights, heights[-1]),
            )
        )
    seconds = tuple(micros(time) / 1e6 for time in (*times, window[1]))
    return Figure(
        says=says,
        chart=Chart(times=seconds, now=micros(now) / 1e6, series=tuple(series)),
        rows=_rows(times, own),
        is_sampled=is_sampled,
    )


def _edges(layers: Sequence[Layer], window: tuple[Instant, Instant]) -> list[Instant]:
    """The start of a window, and every instant inside it at which a run begins or ends."""
    start, end = window
    inside = {
        edge
        for layer in layers
        for run in layer.runs
        for edge in (run.start, run.end)
        if start < edge < end
    }
    return sorted({start} | inside)


def stride(window: tuple[Instant, Instant]) -> timedelta:
    """How far the instants lie apart at which a chart shows values when there are too many."""
    span = micros(window[1]) - micros(window[0])
    return timedelta(microseconds=-(-span // SAMPLES))


def evenly(window: tuple[Instant, Instant]) -> list[Instant]:
    """The instants at which a chart shows values when there are too many."""
    step = stride(window) // MICROSECOND
    return [from_micros(at) for at in range(micros(window[0]), micros(window[1]), step)]


def runs_of(turns: Mapping[Instant, int], end: Instant) -> tuple[Run, ...]:
    """What is told by how much it is more from when on, as quantities until an instant."""
    times = sorted(turns)
    levels = accumulate(turns[at] for at in times)
    return tuple(
        Run(start=start, end=until, quantity=quantity)
        for start, until, quantity in zip(times, (*times[1:], end), levels, strict=True)
        if quantity and start < until
    )


def _values(layer: Layer, times: Sequence[Instant]) -> list[int | None]:
    # The value at each time, which are sorted and hold every edge inside the window.
    change: defaultdict[Instant, int] = defaultdict(int)
    covered: defaultdict[Instant, int] = defaultdict(int)
    for run in layer.runs:
        for edge, sign in ((run.start, 1), (run.end, -1)):
            change[max(edge, times[0])] += sign * run.quantity
            covered[max(edge, times[0])] += sign
    levels = accumulate(change.get(time, 0) for time in times)
    if not layer.has_gaps:
        return list(levels)
    runs = accumulate(covered.get(time, 0) for time in times)
    return [level if count else None for level, count in zip(levels, runs, strict=True)]


def _rows(times: Sequence[Instant], own: Sequence[Sequence[int | None]]) -> tuple[Row, ...]:
    # A breakpoint at which nothing shown changes, such as one grant following another, is no row.
    columns = [tuple(values[i] for values in own) for i in range(len(times))]
    changed = [0, *(i + 1 for i, (one, two) in enumerate(pairwise(columns)) if one != two)]
    return tuple(Row(at=times[i], values=columns[i]) for i in changed)
