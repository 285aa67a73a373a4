"""S8, S9, S11, S13, S14 and S18: what is measured on a long log, which is lent once for all."""

from collections.abc import Callable, Iterator

from tests.benchmarks.bars import asking, feeding, rebuilding, resident, starting
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Measured
from tests.benchmarks.grounds import Grounds

On = Callable[[Grounds, str, Effort], Iterator[Measured]]
BARS: dict[str, On] = {
    "S8": starting.measure,
    "S9": rebuilding.measure,
    "S11": asking.holdings,
    "S13": asking.history,
    "S14": feeding.measure,
    "S18": resident.measure,
}


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """Measure what is wanted of them."""
    chosen = [on for bar, on in BARS.items() if bar in wanted]
    with grounds.years(effort.events) as url:
        for on in chosen:
            yield from on(grounds, url, effort)
