"""What a measurement says: figures with their spread, what is demanded of them, and gates."""

from collections.abc import Sequence
from statistics import median
from typing import Self

from msgspec import Struct, field


class Spread(Struct, frozen=True):
    """The median of several runs, and the lowest and highest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, runs: Sequence[float]) -> Self:
        """Sum up the runs."""
        return cls(median(runs), min(runs), max(runs))

    @classmethod
    def p99(cls, took: Sequence[float]) -> Self:
        """The time within which 99 of 100 came, the median, and the worst."""
        slowest_last = sorted(took)
        return cls(slowest_last[int(0.99 * len(took))], median(took), slowest_last[-1])

    @classmethod
    def ratios(cls, ours: Sequence[float], theirs: Sequence[float]) -> Self:
        """The ratios of paired runs: what changed between pairs cancels out."""
        return cls.of([our / their for our, their in zip(ours, theirs, strict=True)])


class Gate(Struct, frozen=True):
    """Something that must be so, or the figure is none."""

    name: str
    holds: bool
    found: str


class Demand(Struct, frozen=True, kw_only=True):
    """What a bar asks of a figure: at least or at most so much of something."""

    of: str
    figure: Spread
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the median meets it."""
        if self.at_least is not None and self.figure.median < self.at_least:
            return False
        return self.at_most is None or self.figure.median <= self.at_most


class Beside(Struct, frozen=True, kw_only=True):
    """A further peer in the same run, that no bar is about."""

    name: str
    figure: Spread
    note: str = ""


class Measured(Struct, frozen=True, kw_only=True):
    """One row of the table. Figures are per second unless `what` says otherwise."""

    bar: str
    what: str
    ours: Spread
    unit: str = "commands/s"
    probe: Spread | None = None
    peer: Spread | None = None
    peer_is: str = "library"
    beside: tuple[Beside, ...] = ()
    demands: tuple[Demand, ...] = ()
    gates: tuple[Gate, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether every gate holds: a figure whose gate fails is no figure."""
        return all(gate.holds for gate in self.gates)


class Load(Struct, frozen=True, kw_only=True):
    """What a crowd of clients did: answers by status, how long it took, and how long each took."""

    answers: int
    seconds: float
    latencies_ms: list[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def quantile_ms(self, share: float) -> float:
        """The time within which that share of the answers came."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Runs(Struct, frozen=True):
    """What paired runs found, one of each after the other; the probe in commits a second."""

    ours: list[Load] = field(default_factory=list[Load])
    library: list[Load] = field(default_factory=list[Load])
    silent: list[Load] = field(default_factory=list[Load])
    probe: list[float] = field(default_factory=list[float])
