"""S7: a stored export restored with every check, beside the library's unchecked inserts."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from api.cli.bundle import answers_of
from api.cli.founding import prepare
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Gate, Measured, Spread
from tests.benchmarks.gates import head_of, resealed, stored_events
from tests.benchmarks.grounds import Grounds, durability
from tests.benchmarks.kept import bring_in
from tests.benchmarks.made.copies import Copy, years_of
from tests.benchmarks.peers.inserting import insert_rate

WITHOUT = "--without-receipts"


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """In turn: `allot import events` as a process of its own, and the library's recorder."""
    del wanted
    copy = made(grounds, effort)
    ours: list[float] = []
    alone: list[float] = []
    library: list[float] = []
    gates: list[Gate] = []
    for run in range(effort.runs):
        with grounds.database() as url:
            ours.append(_rate(copy.path, url))
            if run == effort.runs - 1:
                gates = [_whole(copy.path, url), resealed(url), durability(url)]
        with grounds.database() as url:
            library.append(insert_rate(url, copy.path))
        if run < effort.beside_runs:
            with grounds.database() as url:
                alone.append(_rate(copy.path, url, WITHOUT))
    ratio = Spread.ratios(ours, library)
    yield Measured(
        bar="S7",
        what=f"export of {effort.imported_events:,} events and their answers restored, checked",
        ours=Spread.of(ours),
        unit="events/s",
        peer=Spread.of(library),
        peer_is="library's insert_events(1000), no check",
        beside=(Beside(name="ours, without answers", figure=Spread.of(alone)),),
        demands=(Demand(of="x library's insert_events", figure=ratio, at_least=1.5),),
        gates=tuple(gates),
        remarks=("the start of the process is inside its time",),
    )


def made(grounds: Grounds, effort: Effort) -> Copy:
    """The export that is brought in."""
    return years_of(grounds.data, effort.imported_events)


def _rate(events: Path, url: str, *words: str) -> float:
    """Events a second, from the start of the command to its end."""
    prepare(url)
    began = time.perf_counter()
    bring_in(events, url, *words)
    took = time.perf_counter() - began
    return head_of(url) / took


def _whole(events: Path, url: str) -> Gate:
    """Whether the log holds the file byte for byte, and an answer for each that the file has."""
    digest = hashlib.sha256()
    for stored in stored_events(url):
        digest.update(stored + b"\n")
    with events.open("rb") as file:
        expected = hashlib.file_digest(file, "sha256").hexdigest()
    with answers_of(events).open("rb") as file:
        answers = sum(1 for _ in file) - 1
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM ledger.receipts").fetchone()
    kept = row[0] if row else -1
    return Gate(
        "log and answers == the export",
        digest.hexdigest() == expected and kept == answers,
        f"sha256 {expected[:12]}, {kept} of {answers} answers",
    )
