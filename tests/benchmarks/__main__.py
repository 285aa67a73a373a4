"""Measure the bars, beside their peers, and say where one is missed."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace

from tests.benchmarks.bars import commands, doors, following, importing, long, sealing
from tests.benchmarks.comparing import alone, changes, read
from tests.benchmarks.comparing import told as told_change
from tests.benchmarks.effort import FULL, QUICK, Effort
from tests.benchmarks.figures import Measured
from tests.benchmarks.grounds import Grounds, grounds
from tests.benchmarks.report import Report, conditions, shown, told, write_json, write_page
from tests.house.tree import TOP

DATA = TOP / ".bench"
Measure = Callable[[Grounds, Effort, set[str]], Iterator[Measured]]

NAMES: dict[str, Measure] = {
    "S1": commands.measure,
    "S2": commands.measure,
    "S3": commands.measure,
    "S4": commands.measure,
    "S5": doors.measure,
    "S6": doors.measure,
    "S7": importing.measure,
    "S8": long.measure,
    "S9": long.measure,
    "S10": following.measure,
    "S11": long.measure,
    "S12": long.measure,
    "S13": long.measure,
    "S14": long.measure,
    "S16": sealing.measure,
    "S17": long.measure,
    "S18": long.measure,
    "S19": long.measure,
    "S20": long.measure,
    "P1": long.measure,
}


def main() -> int:
    """Measure, print each row as it is found, and write the page when everything was measured."""
    asked = _arguments()
    wanted = {name.upper() for name in asked.names} or set(NAMES)
    unknown = wanted - set(NAMES)
    if unknown:
        sys.stderr.write(f"There is no bar {', '.join(sorted(unknown))}: {', '.join(NAMES)}.\n")
        return 2
    then = read(asked.against) if asked.against else None
    effort = QUICK if asked.quick else FULL
    if asked.events:
        effort = replace(effort, events=asked.events)
    rows: list[Measured] = []
    with grounds(asked.data) as here:
        if asked.make:
            _make(here, effort, is_large=asked.large)
            return 0
        found = conditions(here.version, effort)
        began = time.monotonic()
        for row in _rows(here, effort, wanted, is_large=asked.large):
            rows.append(row)
            _print(row)
            print(f"    {time.monotonic() - began:.0f} s since the beginning", flush=True)
    rows.sort(key=lambda row: list(NAMES).index(row.bar))
    if asked.json:
        write_json(asked.json, found, rows)
    if asked.page or (wanted == set(NAMES) and not asked.quick):
        write_page(found, rows)
    if then is not None:
        _compare(then, Report(conditions=found, measured=rows))
    return 0 if all(row.counts for row in rows) else 1


def _rows(here: Grounds, effort: Effort, wanted: set[str], *, is_large: bool) -> Iterator[Measured]:
    shorter: dict[str, Measured] = {}
    for measure in dict.fromkeys(NAMES[name] for name in NAMES if name in wanted):
        for row in measure(here, effort, wanted):
            shorter[row.bar] = row
            yield row
    if is_large:
        yield from long.measure_large(here, effort, wanted, shorter)


def _make(here: Grounds, effort: Effort, *, is_large: bool) -> None:
    """Make what is kept between runs, where it is missing."""
    importing.made(here, effort)
    for events in (effort.events, *([effort.large_events] if is_large else [])):
        here.years_to_read(events)
    with here.crowded(effort.live_grants):
        pass


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="poe bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="bars; all of them if left out")
    parser.add_argument("--quick", action="store_true", help="shorter runs, and no page")
    parser.add_argument("--large", action="store_true", help="also S11 and S13 on the largest log")
    parser.add_argument("--page", action="store_true", help="write the page all the same")
    parser.add_argument("--events", type=int, metavar="N", help="length of the long log")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="what is kept")
    parser.add_argument("--make", action="store_true", help="only make what is kept")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write everything")
    parser.add_argument("--against", type=Path, metavar="FILE", help="an earlier --json to compare")
    return parser.parse_args()


def _print(row: Measured) -> None:
    print(f"{row.bar}  {row.what}: {shown(row.ours)} {row.unit}", flush=True)
    for name, spread in (("probe", row.probe), (row.peer_is, row.peer)):
        if spread is not None:
            print(f"    {name}: {shown(spread)}", flush=True)
    for one in row.beside:
        print(f"    {one.name}: {shown(one.figure)} {one.note}", flush=True)
    for demand in row.demands:
        print(f"    {'met' if demand.met else 'MISSED'}: {told(demand)}", flush=True)
    for remark in row.remarks:
        print(f"    {remark}", flush=True)
    for gate in row.gates:
        print(f"    {'ok' if gate.holds else 'FAILED'}: {gate.name}: {gate.found}", flush=True)


def _compare(then: Report, now: Report) -> None:
    print(f"\nAgainst {then.conditions.at}: medians, now to then")
    for change in changes(then, now):
        print(told_change(change))
    for difference in alone(then, now):
        print(difference)


if __name__ == "__main__":
    sys.exit(main())
