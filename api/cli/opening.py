"""`allot import balances`: a ledger is opened with what a spreadsheet says is held."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from api.cli.asking import client_of
from api.cli.balances import Balance, Balances, counted, granted, made_before, read_balances, via_of
from api.cli.bringing_in import (
    give,
    is_of_this_line,
    make,
    proposed,
    renew,
    told_to_repeat,
    why_not,
)
from api.cli.endings import REFUSED, UNREACHABLE, USAGE, Ended, code_of
from api.cli.fields import instant, whole
from api.cli.operations import Unreadable, pool_made
from api.cli.options import At, Output
from api.cli.output import Row, say, show_rows, steps
from api.cli.verbs import View, unfolded
from api.client import Client, Json, Reply


class Opened(Struct, frozen=True, kw_only=True):
    """What became of one line, or of a pool or unit that it needed first."""

    line: Balance
    key: str
    what: str
    reply: Reply

    @property
    def is_recorded(self) -> bool:
        """True when it stands in the record, whenever it was given."""
        return not (self.reply.is_refusal or self.reply.is_proposal)


@unfolded
def balances(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV: pool, unit, quantity, ...")],
    *,
    capacities: Annotated[
        list[str] | None,
        typer.Option("--capacity", metavar="POOL=TOTAL", help="What there is of a pool."),
    ] = None,
    at: At = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Begins the keys; left out: FILE's name."),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on after a line that is refused.")
    ] = False,
    view: View,
) -> None:
    """Open a ledger with what a spreadsheet says is held; twice is once.

    Columns: pool, unit, quantity, and if you like ends_at, reason. Each line becomes a grant;
    pools and units that are missing are made first. A new pool needs --capacity.
    """
    found = _read(file)
    totals = dict(_total(text) for text in capacities or ())
    common: dict[str, Json] = {
        "reason_code": "opening_balance",
        "reason": f"opening balance of {found.name}",
    }
    if at is not None:
        common["effective_at"] = instant(at)
    with client_of(view.url, view.actor, via_of(found)) as client, told_to_repeat():
        opening = Opening(client, found, source or found.name, common, totals)
        opening.demand_totals()
        opened = opening.run(keep_going=keep_going)
    _show(opened, view.form)
    refused = [one for one in opened if one.reply.is_refusal]
    if refused:
        worst = max(code_of(one.reply) for one in refused)
        raise Ended(worst if worst == UNREACHABLE else REFUSED, _tally(found, opened))
    say(_tally(found, opened))


class Opening:
    """Gives the commands of a file: pools and units, what there is of the pools, then the grants.

    `common` is what each of them says; `totals` is how much there is of a pool.
    """

    def __init__(
        self,
        client: Client,
        found: Balances,
        source: str,
        common: Mapping[str, Json],
        totals: Mapping[str, int],
    ) -> None:
        self._client = client
        self._found = found
        self._source = source
        self._common = common
        self._totals = totals

    def run(self, *, keep_going: bool) -> list[Opened]:
        """Give them all, with progress; each refusal is said as it comes, and ends it."""
        opened: list[Opened] = []
        done = 0
        with steps(f"Importing {self._found.name}", len(self._found.lines)) as bar:
            for one in self._each():
                opened.append(one)
                done += one.what == "grant"
                bar.at(done)
                if not one.reply.is_refusal:
                    continue
                line = f"{self._found.name}, line {one.line.number} ({one.key})"
                say(f"{line}: {why_not(one.reply)}")
                if not (keep_going and one.what == "grant" and is_of_this_line(one.reply)):
                    break
        return opened

    def demand_totals(self) -> None:
        """End the command when a pool is missing and nobody says how much there is of it."""
        for pool in dict.fromkeys(line.pool for line in self._found.lines):
            needed = pool_made(pool, self._source, self._common)
            judged = self._client.command(needed.do, needed.fields, dry_run=True)
            if not judged.is_refusal and pool not in self._totals:
                raise Ended(
                    USAGE,
                    f"Pool {pool} is new: say how much there is of it, with"
                    f" --capacity {pool}=TOTAL. Nothing was imported.",
                )

    def _each(self) -> Iterator[Opened]:
        yield from self._things()
        for line in self._found.lines:
            asked = granted(line, self._source, self._common)
            key, reply = give(self._client, asked)
            yield Opened(line=line, key=key, what=asked.do, reply=reply)

    def _things(self) -> Iterator[Opened]:
        """Make what is missing, each thing once, and say how much there is of it."""
        present: set[tuple[str, str]] = set()
        for line in self._found.lines:
            for needed in made_before(line, self._source, self._common):
                identity = (needed.do, needed.makes or "")
                if identity in present:
                    continue
                present.add(identity)
                reply = make(self._client, needed)
                yield Opened(line=line, key=needed.key, what=needed.do, reply=reply)
                total = self._totals.get(line.pool)
                if needed.do == "open_pool" and total is not None:
                    count = counted(line.pool, total, self._source, self._common)
                    key, reply = renew(self._client, count)
                    yield Opened(line=line, key=key, what=count.do, reply=reply)


def _read(file: Path) -> Balances:
    try:
        return read_balances(file)
    except Unreadable as wrong:
        raise Ended(USAGE, f"{wrong}. Nothing was imported.") from wrong
    except OSError as wrong:
        raise Ended(USAGE, f"{file} cannot be read: {wrong.strerror}") from wrong


def _total(text: str) -> tuple[str, int]:
    pool, equals, total = text.rpartition("=")
    if not equals or not pool:
        raise Ended(USAGE, f"'{text}': say how much there is, as POOL=TOTAL.")
    return pool, whole(total)


def _tally(found: Balances, opened: list[Opened]) -> str:
    grants = [one for one in opened if one.what == "grant"]
    refused = sum(one.reply.is_refusal for one in opened)
    recorded = [one.reply.replayed for one in grants if one.is_recorded]
    waiting = proposed(one.reply for one in opened)
    tried = len({one.line.number for one in grants})
    left = len(found.lines) - tried
    unread = f", {left} not tried" if left else ""
    made = [one.what for one in opened if one.is_recorded and not one.reply.replayed]
    return (
        f"{found.name}: {recorded.count(False)} recorded, {recorded.count(True)} known already"
        f"{waiting}, {refused} refused{unread};"
        f" {made.count('open_pool')} pools and {made.count('create_unit')} units made."
    )


def _show(opened: list[Opened], form: Output) -> None:
    """Print what became of each line, or on a table what is held of each pool by now."""
    grants = [one for one in opened if one.what == "grant"]
    if form is not Output.TABLE:
        told = [_row(one) for one in opened if one.what == "grant" or one.reply.is_refusal]
        show_rows(told, form, ("line", "pool", "unit", "quantity"))
        return
    sums: dict[str, tuple[set[str], int]] = {}
    for one in grants:
        if one.is_recorded:
            units, quantity = sums.get(one.line.pool, (set[str](), 0))
            sums[one.line.pool] = {*units, one.line.unit}, quantity + one.line.quantity
    show_rows(
        [{"pool": pool, "units": len(units), "quantity": quantity}
         for pool, (units, quantity) in sorted(sums.items())],
        form, ("pool", "units", "quantity"),
    )  # fmt: skip


def _row(one: Opened) -> Row:
    problem = one.reply.problem if one.reply.is_refusal else None
    return {
        "line": one.line.number,
        "pool": one.line.pool,
        "unit": one.line.unit,
        "quantity": one.line.quantity,
        "key": one.key,
        "status": one.reply.status,
        "position": one.reply.position,
        "known": one.reply.replayed,
        "code": None if problem is None else problem.code,
        "detail": None if problem is None else problem.detail,
    }
