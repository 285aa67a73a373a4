"""How long and how often things are measured."""

from msgspec import Struct


class Effort(Struct, frozen=True, kw_only=True):
    """`runs` pairs of `seconds` each; a log of `events`, of which the library is given some.

    What stands beside without a bar is measured in the first `beside_runs` of the runs.
    """

    runs: int
    beside_runs: int
    seconds: float
    events: int
    library_events: int
    replayed_events: int
    questions: int

    @property
    def probe_s(self) -> float:
        """How long the probe runs beside each."""
        return self.seconds / 2


QUICK = Effort(
    runs=3,
    beside_runs=1,
    seconds=0.8,
    events=50_000,
    library_events=3_000,
    replayed_events=5_000,
    questions=500,
)
FULL = Effort(
    runs=5,
    beside_runs=3,
    seconds=2,
    events=1_000_000,
    library_events=10_000,
    replayed_events=20_000,
    questions=3_000,
)
