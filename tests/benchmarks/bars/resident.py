"""S18: the memory of a service with a long log: its doors, its follower, and what they start."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from msgspec import Struct

from ledger.holding import own_at
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.gates import head_of
from tests.benchmarks.grounds import durability, token
from tests.benchmarks.lent import Lent
from tests.benchmarks.load import Orders, send
from tests.benchmarks.processes import Running, serving, wait_until_it_decides

LOOK_S = 0.2
SNAPSHOT_S = 90.0
SNAPSHOT_FROM = 50_000
"""A shorter log gets no snapshot."""
KEPT = "SELECT count(*) FROM ledger.snapshots"


class Resident(Struct, frozen=True, kw_only=True):
    """What one process has in memory, in MiB: all of it, and the most it ever had."""

    name: str
    now: float
    most: float


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """Start without a snapshot, answer commands, wait for the first snapshot, answer again."""
    url = lent.url
    lent.furnish()
    events = head_of(url)
    state = lent.fold.up_to(events)
    live = sum(own_at(grant, state.recorded_at) > 0 for grant in state.grants.values())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM ledger.snapshots")
    before = head_of(url)
    peak = 0.0
    with serving(url) as running:
        wait_until_it_decides(running.url)
        orders = Orders(url=running.url, token=token(url), connections=16, seconds=effort.seconds)
        answers = send(orders).answers
        deadline = time.monotonic() + (SNAPSHOT_S if events >= SNAPSHOT_FROM else 0)
        while time.monotonic() < deadline and not _has_snapshot(url):
            peak = max(peak, sum(one.now for one in residents(running)))
            time.sleep(LOOK_S)
        snapshot = _has_snapshot(url)
        answers += send(orders).answers
        found = residents(running)
        stored = head_of(url) - before
    total = Spread.of([sum(one.now for one in found)])
    each = ", ".join(f"{one.name} {one.now:.0f} MiB (most {one.most:.0f})" for one in found)
    yield Measured(
        bar="S18",
        what=f"memory of the service, {events:,} events, {live:,} live grants",
        ours=total,
        unit="MiB resident",
        demands=(Demand(of="MB, all processes", figure=_megabytes(total), at_most=400),),
        gates=(
            Gate("every answer stored", stored == answers, f"{answers} answers, {stored} stored"),
            Gate("doors and follower run", len(found) >= 2, each),
            durability(url),
        ),
        remarks=(
            each,
            f"all together at most {max(peak, total.median):.0f} MiB"
            + (", a snapshot taken meanwhile" if snapshot else ", no snapshot yet"),
            "pages that processes share are counted for each",
        ),
    )


def residents(running: Running) -> list[Resident]:
    """The process and all that it started, parents first."""
    found: list[Resident] = []
    waiting = [running.pid]
    while waiting:
        pid = waiting.pop(0)
        place = Path(f"/proc/{pid}")
        try:
            lines = (place / "status").read_text().splitlines()
            words = (place / "cmdline").read_bytes().decode().split("\0")
            for children in sorted(place.glob("task/*/children")):
                waiting += map(int, children.read_text().split())
        except FileNotFoundError:
            continue
        sizes = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
        if "VmRSS" in sizes:
            name = words[words.index("-m") + 1] if "-m" in words else words[0]
            found.append(
                Resident(name=name, now=int(sizes["VmRSS"]) / 1024, most=int(sizes["VmHWM"]) / 1024)
            )
    return found


def _has_snapshot(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(KEPT).fetchone()
    return bool(row and row[0])


def _megabytes(mebibytes: Spread) -> Spread:
    factor = 2**20 / 1e6
    return Spread(mebibytes.median * factor, mebibytes.low * factor, mebibytes.high * factor)
