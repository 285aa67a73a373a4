"""Writes what was measured: a page that people read, and JSON that programs compare."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Measured, Spread
from tests.benchmarks.moving import UNITS
from tests.house.tree import TOP

PAGE = TOP / "docs" / "benchmarks.md"
_PREFACE = """# Benchmarks

Written by `poe bench`, not by hand. What counts are the ratios: each figure was taken in turn with
its peers, on one machine, in one run, against one server in stock configuration that flushes every
commit to disk; client, Python and PostgreSQL share the cores. A figure is the median of
{effort.runs} runs of {effort.seconds:g} s, with the lowest and the highest in brackets.

- **Probe**: one connection that inserts one row of 500 bytes and commits.
- **Library**: `eventsourcing` as its documentation shows it: an aggregate for each account, two
  saved in a move, cache on, table lock on. It knows no time windows, no authority, no receipts, no
  limit of a pool. A conflict between clients is tried again until there is none.
- **Beside**: what no bar is about. *Clients apart*: the same peer where no client touches the units
  of another, so that nobody meets a conflict. *UmaDB*: its server, stock, one append for a move on
  condition that nothing about the source has come in between.
- **Moves**: everybody moves GPUs between the same {units} units; how often a unit takes part falls
  with its rank, and most moves are small. The peers are given the same sequences.
- **No-op POST**: the same application with a desk that answers at once.
- **A log of many events** is years of an invented organisation, decided by the rules in earnest:
  few units in most of what happens, mostly small quantities, dates ahead, decisions of many legs.

[What is measured against what](decisions/0018-what-is-measured-against-what.md) gives the reasons,
and what each choice does to the ratio."""
_BUSY = (
    " The machine was busy with other work at the same time: figures are lower than alone, times in"
    " milliseconds say little, and a ratio near its bar may fall on either side in another run."
)
_FAVOURED = " It ran ahead of that other work, by its priority."
_HEAD = """| bar | what | ours | probe | library | beside | asked for | gates |
|---|---|---|---|---|---|---|---|"""
PACKAGES = ("psycopg", "eventsourcing", "umadb", "fastapi", "uvicorn", "msgspec")


class Conditions(Struct, frozen=True, kw_only=True):
    """Where and with what was measured."""

    at: str
    machine: str
    cores: int
    memory_gib: int
    python: str
    postgres: str
    packages: dict[str, str]
    effort: Effort
    load_before: float
    nice: int


def conditions(postgres: str, effort: Effort) -> Conditions:
    """Look around."""
    return Conditions(
        at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        python=platform.python_version(),
        postgres=postgres,
        packages={name: version(name) for name in PACKAGES},
        effort=effort,
        load_before=os.getloadavg()[0],
        nice=os.getpriority(os.PRIO_PROCESS, 0),
    )


def _processor() -> str:
    named = Path("/proc/cpuinfo")
    if named.exists():
        for line in named.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


class Report(Struct, frozen=True, kw_only=True):
    """Everything that a run found."""

    conditions: Conditions
    measured: list[Measured]


def write_json(path: Path, here: Conditions, rows: Sequence[Measured]) -> None:
    """Write everything that was found, for programs."""
    found = Report(conditions=here, measured=list(rows))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


def write_page(here: Conditions, rows: Sequence[Measured]) -> None:
    """Write docs/benchmarks.md."""
    PAGE.write_text(page(here, rows))


def page(here: Conditions, rows: Sequence[Measured]) -> str:
    """The page: conditions, the table, what is missed, every gate."""
    named = [(f"{row.bar}, {row.what}", row) for row in rows]
    missed = [
        f"- {name}: {told(demand)}."
        for name, row in named
        for demand in row.demands
        if row.counts and not demand.met
    ]
    missed += [f"- {name}: a gate failed: no figure." for name, row in named if not row.counts]
    remarks = [f"- {name}: {remark}." for name, row in named for remark in row.remarks]
    gates = [
        f"- {name}: {'ok' if gate.holds else '**FAILED**'}, {gate.name}: {gate.found}."
        for name, row in named
        for gate in row.gates
    ]
    parts = (
        _PREFACE.format(effort=here.effort, units=UNITS),
        _told_conditions(here),
        "\n".join([_HEAD, *(_row(row) for row in rows)]),
        "## Missed",
        "\n".join(missed or ["Nothing."]),
        "## Remarks",
        "\n".join(remarks or ["None."]),
        "## Gates",
        "\n".join(gates),
    )
    return "\n\n".join(parts) + "\n"


def _told_conditions(here: Conditions) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in here.packages.items())
    return (
        f"{here.at}: {here.machine}, {here.cores} cores, {here.memory_gib} GiB,"
        f" PostgreSQL {here.postgres}, Python {here.python}, {packages}."
        f" Load average before the run: {here.load_before:.1f}, nice {here.nice}."
        + (_FAVOURED if here.nice < 0 else "")
        + (_BUSY if here.load_before > here.cores / 2 else "")
    )


def _row(row: Measured) -> str:
    asked = "<br>".join(f"{'met' if one.met else '**missed**'}: {told(one)}" for one in row.demands)
    gates = "all hold" if row.counts else "**failed: no figure**"
    cells = (
        row.bar, row.what, f"{shown(row.ours)} {row.unit}",
        shown(row.probe) if row.probe else "-",
        shown(row.peer) if row.peer else "-",
        "<br>".join(f"{one.name}: {shown(one.figure)}" for one in row.beside) or "-",
        asked or "-", gates if row.gates else "-",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def told(demand: Demand) -> str:
    """A demand and what was found, in words."""
    bound = f">= {demand.at_least:g}" if demand.at_least is not None else f"<= {demand.at_most:g}"
    return f"{shown(demand.figure)} {demand.of} (bar {bound})"


def shown(spread: Spread) -> str:
    """A figure with its spread, with as many digits as mean something."""
    return f"{_digits(spread.median)} [{_digits(spread.low)} to {_digits(spread.high)}]"


def _digits(number: float) -> str:
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"
