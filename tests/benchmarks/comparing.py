"""What changed between two results of `poe bench --json`, and which changes are beyond chance."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.benchmarks.figures import Measured, Spread
from tests.benchmarks.report import Report, shown


class Change(Struct, frozen=True, kw_only=True):
    """One figure in both results; `ratio` is that of the medians, now to then."""

    bar: str
    what: str
    of: str
    then: Spread
    now: Spread

    @property
    def ratio(self) -> float:
        """How many times what it was; infinite when it was nothing."""
        return self.now.median / self.then.median if self.then.median else float("inf")

    @property
    def is_beyond(self) -> bool:
        """Whether the runs of one lie wholly above or below those of the other."""
        return self.now.low > self.then.high or self.now.high < self.then.low


def read(path: Path) -> Report:
    """The result that was written; msgspec.ValidationError when it is none."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def changes(then: Report, now: Report) -> Iterator[Change]:
    """Each figure that both have, and that counts in both: the ledger's own, and its ratios."""
    before = {(row.bar, row.what): row for row in then.measured if row.counts}
    for row in now.measured:
        earlier = before.get((row.bar, row.what))
        if earlier is None or not row.counts:
            continue
        yield Change(bar=row.bar, what=row.what, of=row.unit, then=earlier.ours, now=row.ours)
        known = {demand.of: demand.figure for demand in earlier.demands}
        for demand in row.demands:
            if demand.of in known and demand.figure != row.ours:
                yield Change(
                    bar=row.bar, what=row.what, of=demand.of,
                    then=known[demand.of], now=demand.figure,
                )  # fmt: skip


def alone(then: Report, now: Report) -> Iterator[str]:
    """What only one of them has, or what is no figure in one of them, in words."""
    before, after = _by_name(then), _by_name(now)
    for name in sorted(before.keys() | after.keys()):
        found = [(where, rows.get(name)) for where, rows in (("then", before), ("now", after))]
        missing = [where for where, row in found if row is None]
        void = [where for where, row in found if row is not None and not row.counts]
        if missing:
            yield f"{name[0]}, {name[1]}: not measured {missing[0]}"
        elif void:
            yield f"{name[0]}, {name[1]}: a gate failed {' and '.join(void)}"


def told(change: Change) -> str:
    """A change in words."""
    mark = "CHANGED " if change.is_beyond else "        "
    return (
        f"{mark}{change.ratio:5.2f}x  {change.bar}, {change.what}: {change.of}:"
        f" {shown(change.then)} -> {shown(change.now)}"
    )


def _by_name(report: Report) -> dict[tuple[str, str], Measured]:
    return {(row.bar, row.what): row for row in report.measured}
