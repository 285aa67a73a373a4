"""What is measured on a long log, which is lent once for all of it."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from tests.benchmarks.bars import (
    asking,
    correcting,
    feeding,
    growing,
    people,
    rebuilding,
    refusing,
    resident,
    starting,
    whole,
)
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Measured, Spread
from tests.benchmarks.grounds import Grounds
from tests.benchmarks.lent import Lent

BARS: dict[str, Callable[[Lent, Effort], Iterator[Measured]]] = {
    "S11": asking.holdings,
    "S12": whole.organisation,
    "S13": asking.history,
    "S9": rebuilding.measure,
    "S18": resident.measure,
    "S8": starting.measure,
    "S14": feeding.measure,
    "P1": people.measure,
    "S19": correcting.measure,
    "S20": refusing.measure,
    "S17": growing.measure,
}
"""In this order: the log is folded forward once, those that add to it come last, and the service
that is looked at leaves a snapshot to start from."""
LARGE = {"S11": ("proj_holdings",), "S13": ("ledger", "proj_history")}
"""The schemas that each reads: they fit in memory, though all of the largest log does not."""
_MS = "ms "
GROWN = {"S11": 1.5}
"""How many times slower than on the shorter log these may be."""


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """Measure what is wanted of them."""
    with grounds.years(effort.events) as url:
        lent = Lent(grounds, url)
        for bar, on in BARS.items():
            if bar in wanted:
                yield from on(lent, effort)


def measure_large(
    grounds: Grounds, effort: Effort, wanted: set[str], shorter: dict[str, Measured]
) -> Iterator[Measured]:
    """The same questions on the largest log, which is only read, beside what was found before."""
    large = grounds.years_to_read(effort.large_events)
    for bar, schemas in LARGE.items():
        if bar in wanted:
            large.forget()
            rows = BARS[bar](Lent(grounds, large.url), effort)
            cold = [figure for row in rows for figure in _from_disk(row)]
            held = large.remember(schemas)
            for row in BARS[bar](Lent(grounds, large.url), effort):
                yield replace(
                    _beside(row, shorter.get(bar)),
                    beside=(*row.beside, *cold),
                    remarks=(*row.remarks, f"{held / 1e9:.0f} GB of it in memory"),
                )


def _from_disk(row: Measured) -> list[Beside]:
    asked = [one for one in row.demands if one.of.startswith(_MS)]
    return [
        Beside(name=f"from the disk, {one.of.removeprefix(_MS)}", figure=one.figure, note="ms")
        for one in asked
    ]


def _beside(row: Measured, shorter: Measured | None) -> Measured:
    at_most = GROWN.get(row.bar)
    if shorter is None or at_most is None:
        return row
    ratio = Spread.of([row.ours.median / shorter.ours.median])
    grown = Demand(of="x the p99 of the shorter log", figure=ratio, at_most=at_most)
    return replace(row, demands=(*row.demands, grown))
