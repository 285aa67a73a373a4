"""How long and how often things are measured."""

from msgspec import Struct


class Effort(Struct, frozen=True, kw_only=True):
    """`runs` pairs of `seconds` each; a log of `events`, of which the library is given some.

    `live_grants` crowd one pool, `imported_events` are brought in, load at a given pace lasts
    `paced_s`, the library is waited for `waits` times. What stands beside without a bar is
    measured in the first `beside_runs` of the runs.
    """

    runs: int
    beside_runs: int
    seconds: float
    events: int
    large_events: int
    library_events: int
    replayed_events: int
    questions: int
    live_grants: int
    imported_events: int
    paced_s: float
    waits: int

    @property
    def probe_s(self) -> float:
        """How long the probe runs beside each."""
        return self.seconds / 2


QUICK = Effort(
    runs=2,
    beside_runs=1,
    seconds=0.6,
    events=40_000,
    large_events=100_000,
    library_events=3_000,
    replayed_events=5_000,
    questions=500,
    live_grants=10_000,
    imported_events=20_000,
    paced_s=1,
    waits=20,
)
FULL = Effort(
    runs=5,
    beside_runs=2,
    seconds=1.2,
    events=1_000_000,
    large_events=10_000_000,
    library_events=6_000,
    replayed_events=20_000,
    questions=3_000,
    live_grants=100_000,
    imported_events=100_000,
    paced_s=3,
    waits=100,
)
