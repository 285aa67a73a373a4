"""What goes on beside the crowd in a soak: reads of every kind, exports, a rebuild, and a scale."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median

import msgspec
from msgspec import Struct

from tests.cli.running import Ledger, allot_apart
from tests.faults.flat import Sample, private_kib, rise_kib
from tests.faults.hot_pool import DATES
from tests.support.committing import until
from tests.support.kin import children
from tests.support.lab import POOL, Lab
from tests.support.people import Person, Told

READS = (
    f"/v1/holdings?pool={POOL}&group=grant",
    f"/v1/holdings?pool={POOL}&under=lab&valid_at={DATES[1]}",
    f"/v1/history?pool={POOL}&order=desc&limit=50",
    "/v1/history?unit={team}&clock=effective&from=2026-01-01T00:00:00Z&limit=20",
    "/v1/history?q=topic:reallocated.v1&limit=20",
    f"/v1/series?pool={POOL}&from={DATES[0]}&to={DATES[2]}&every=12mo",
    "/v1/units?limit=50",
    "/v1/delegations?limit=50",
    "/v1/position",
    "/readyz",
    "/metrics",
)
EXPORTS = (
    "/v1/export?what=holdings&format=csv",
    "/v1/export?what=events&format=jsonl",
)


class Lag(Struct, frozen=True):
    """How far one read model is behind."""

    lag_events: int
    state: str


class Positions(Struct, frozen=True):
    """How far the log and the read models are."""

    head: int
    projections: tuple[Lag, ...]


class Soak:
    """Watches one service while people use it. `statuses` counts what reads were answered."""

    def __init__(self, running: Ledger, lab: Lab, seconds: float) -> None:
        self.statuses: defaultdict[int, int] = defaultdict(int)
        self.wrong: list[str] = []
        self.samples: dict[int, list[Sample]] = {}
        self.rebuilt = -1
        self._running = running
        self._lab = lab
        self._seconds = seconds
        self._family = [running.doors.pid, *children(running.doors.pid)]

    def beside(self) -> Sequence[Callable[[float], None]]:
        """What the crowd is to be joined by."""
        return (self._read, self._export, self._weigh, self._rebuild)

    def names(self) -> dict[int, str]:
        """The processes that are watched."""
        return {pid: "doors" if pid == self._family[0] else f"child {pid}" for pid in self._family}

    def ended(self) -> list[int]:
        """Those of them that are no more."""
        return [pid for pid in self._family if not private_kib(pid)]

    def rises_kib(self) -> dict[int, float]:
        """How much the memory of each rose over the second half, beyond what events take up."""
        return {pid: rise_kib(samples) for pid, samples in self.samples.items()}

    def caught_up(self) -> bool:
        """Whether every read model is where the log is."""
        person = Person(self._running.url, self._lab.operators[0])
        try:
            _, body = person.look("/v1/position")
        finally:
            person.hang_up()
        at = msgspec.json.decode(body, type=Positions)
        return all(one.lag_events == 0 and one.state == "following" for one in at.projections)

    def _look(self, person: Person, path: str) -> None:
        status, body = person.look(path)
        self.statuses[status] += 1
        if status != 200:
            self.wrong.append(f"{path}: {status} {body[:300]!r}")

    def _read(self, deadline: float) -> None:
        person = Person(self._running.url, self._lab.operators[0])
        rng = random.Random(0)
        while time.monotonic() < deadline:
            self._look(person, rng.choice(READS).replace("{team}", rng.choice(self._lab.teams)))
            time.sleep(0.05)
        person.hang_up()

    def _export(self, deadline: float) -> None:
        person = Person(self._running.url, self._lab.operators[1])
        while (left := deadline - time.monotonic()) > 0:
            for path in EXPORTS:
                self._look(person, path)
            time.sleep(min(left, self._seconds / 10))
        person.hang_up()

    def _weigh(self, deadline: float) -> None:
        person = Person(self._running.url, self._lab.operators[2])
        self.samples = {pid: [] for pid in self._family}
        while time.monotonic() < deadline:
            head = msgspec.json.decode(person.get("/v1/position"), type=Positions).head
            for pid, samples in self.samples.items():
                now = time.monotonic()
                samples.append(Sample(seconds=now, kib=private_kib(pid), position=head))
            time.sleep(self._seconds / 200)
        person.hang_up()

    def _rebuild(self, deadline: float) -> None:
        time.sleep(max(0.0, (deadline - time.monotonic()) / 2))
        made = allot_apart("rebuild", environ=self._running.environ)
        self.rebuilt = made.returncode
        if made.returncode:
            self.wrong.append(f"rebuild: {made.stdout} {made.stderr}")


def drift(told: Sequence[Told], parts: int = 5) -> str:
    """Median and 99th percentile of the waits for an answer, in ms, in each part of the time."""
    ordered = sorted(told, key=lambda one: one.sent)
    begin, end = ordered[0].sent, ordered[-1].sent
    waits: list[list[float]] = [[] for _ in range(parts)]
    for one in ordered:
        part = min(parts - 1, int(parts * (one.sent - begin) / (end - begin)))
        waits[part].append(1000 * (one.received - one.sent))
    return ", ".join(
        f"{median(some):.0f}/{sorted(some)[int(0.99 * (len(some) - 1))]:.0f}"
        for some in waits
        if some
    )


def settled(soak: Soak) -> None:
    """Return once every read model is where the log is, with nobody asking any more."""
    until(soak.caught_up)
