"""`allot replay`: the log folded anew, without the service, to any position and instant."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from api.cli.database import DataOption, connected
from api.cli.endings import BROKEN, UNREACHABLE, USAGE, Ended
from api.cli.fields import instant
from api.cli.options import (
    AsOf,
    Form,
    Output,
    PoolOption,
    UnderOption,
    UnitOption,
    examples,
)
from api.cli.output import Row, say, show_document, show_rows, steps

if TYPE_CHECKING:
    from api.replay.folding import Fold
    from api.replay.stretches import Log
    from api.replay.whatif import WhatIf
    from ledger.gathering import Gathering
    from ledger.periods import Instant


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        epilog=examples(
            "allot replay --to 1042 --as-of 2027-01-01 --pool phoenix/h100",
            "allot replay record.jsonl --rule api.replay.examples:at_most_256 -o csv",
        )
    )(replay)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be shown."""

    group: Literal["unit", "grant", "pool", "parent"]
    pool: str | None
    unit: str | None
    under: str | None


def replay(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="What `export events` wrote; left out: the log."),
    ] = None,
    *,
    to: Annotated[
        int | None,
        typer.Option("--to", metavar="POSITION", min=1, help="What was recorded up to here."),
    ] = None,
    as_of: AsOf = None,
    pool: PoolOption = None,
    unit: UnitOption = None,
    under: UnderOption = None,
    group: Annotated[
        str, typer.Option("--group", metavar="BY", help="unit, grant, pool or parent.")
    ] = "unit",
    rule: Annotated[
        str | None,
        typer.Option("--rule", metavar="MODULE:NAME", help="What would be held by this rule."),
    ] = None,
    data: DataOption = None,
    form: Form = Output.TABLE,
) -> None:
    """Fold the log anew and show who holds what: the rows of `allot holdings` at the same clocks.

    Speaks to no service. With --rule each fact is shown to a function of yours first, and
    `recorded` is what is held without it.
    """
    from api.replay.holdings import GROUPS

    if group not in GROUPS:
        raise Ended(USAGE, f"There is no group {group}. There are: {', '.join(GROUPS)}.")
    at = None if as_of is None else instant(as_of)
    chosen = Chosen(group=group, pool=pool, unit=unit, under=under)
    with _log(file, data) as log:
        state, what_if = _folded(log, to, rule)
    valid_at = at or _present(state)
    rows = _rows(state, valid_at, chosen, what_if)
    clocks = {"position": state.position, "valid_at": valid_at, "known_at": state.position}
    if form is Output.JSON:
        show_document(msgspec.json.encode({**clocks, "items": rows}))
    else:
        show_rows(rows, form, ("pool", *_NAMED[group], "quantity"))
    if what_if is not None:
        _tell(what_if, valid_at)
    say(", ".join(f"{name} {value}" for name, value in clocks.items()))


@contextmanager
def _log(file: Path | None, data: Path | None) -> Generator["Log"]:
    """The log of an export, or of the database; what is wrong with it ends the command."""
    from api.replay.stretches import Broken, InDatabase, InFile, Short

    try:
        if file is not None:
            yield InFile(file)
            return
        with connected(data) as connection:
            yield InDatabase(connection)
    except OSError as wrong:
        raise Ended(USAGE, f"{file} cannot be read: {wrong.strerror}") from wrong
    except Short as wrong:
        raise Ended(USAGE, f"{wrong}.") from wrong
    except Broken as wrong:
        raise Ended(BROKEN, str(wrong)) from wrong


def _folded(log: "Log", to: int | None, rule: str | None) -> tuple["Gathering", "WhatIf | None"]:
    from api.replay.folding import AsRecorded, fold
    from api.replay.stretches import up_to
    from ledger.folding import many_objects

    if log.total == 0:
        raise Ended(UNREACHABLE, "The ledger has no founder yet: there is nothing to replay.")
    recorded = AsRecorded(log.name)
    what_if = None if rule is None else _what_if(log, to, rule)
    folds: list[Fold] = [recorded] if what_if is None else [recorded, what_if]
    with many_objects(), steps(f"Replaying {log.name}", log.total) as bar:
        fold(up_to(log, to), folds, bar.at)
    return recorded.state, what_if


def _what_if(log: "Log", to: int | None, rule: str) -> "WhatIf":
    """A fold by a rule: what is corrected later is known to it from the first."""
    from api.replay.believing import corrections
    from api.replay.rules import NoRule, load
    from api.replay.stretches import up_to
    from api.replay.whatif import WhatIf

    try:
        loaded = load(rule)
    except NoRule as why:
        raise Ended(USAGE, f"--rule: {why}") from why
    corrected, end = corrections(up_to(log, to))
    return WhatIf(loaded, corrected, end, log.name)


def _present(state: "Gathering") -> "Instant":
    """Now, or the last thing recorded when that is later, as reads have it."""
    from ledger.clocks import system_clock
    from ledger.periods import from_datetime

    return max(from_datetime(system_clock()), state.recorded_at)


_NAMED = {"unit": ("unit",), "grant": ("unit", "grant"), "pool": (), "parent": ("parent",)}


def _rows(state: "Gathering", at: "Instant", chosen: Chosen, what_if: "WhatIf | None") -> list[Row]:
    found = _held(state, at, chosen)
    if what_if is None:
        return list(found.values())
    instead = _held(what_if.state, at, chosen)
    return [
        {
            **(instead.get(key) or _emptied(found[key])),
            "recorded": found[key]["quantity"] if key in found else 0,
        }
        for key in sorted({*found, *instead})
    ]


def _emptied(row: Row) -> Row:
    """A row of which nothing is left by a rule."""
    return {name: 0 if isinstance(cell, int) else cell for name, cell in row.items()}


_Key = tuple[str, tuple[str, ...]]


def _named(key: _Key, chosen: Chosen) -> Row:
    return {"pool": key[0], **dict(zip(_NAMED[chosen.group], key[1], strict=True))}


def _held(state: "Gathering", at: "Instant", chosen: Chosen) -> dict[_Key, Row]:
    from api.replay.holdings import parents, rows

    above = parents(state, at)

    def is_chosen(unit: str) -> bool:
        return (chosen.unit in (None, unit)) and (
            chosen.under is None or chosen.under in _path(unit, above)
        )

    for name in (chosen.unit, chosen.under):
        if name is not None and name not in state.units:
            raise Ended(USAGE, f"There is no unit {name} up to position {state.position}.")
    if chosen.pool is not None and chosen.pool not in state.pools:
        raise Ended(USAGE, f"There is no pool {chosen.pool} up to position {state.position}.")
    found = rows(state, at, chosen.group, pool=chosen.pool, is_chosen=is_chosen)
    return {
        (row.pool, row.name): {
            **_named((row.pool, row.name), chosen),
            **({} if row.lender is None else {"lender": row.lender}),
            "quantity": row.quantity,
            "guaranteed": row.guaranteed,
            "borrowed": row.borrowed,
            "lent": row.lent,
            "borrowed_in": row.borrowed_in,
            "deliverable": row.deliverable,
        }
        for row in found
    }


def _path(unit: str, above: dict[str, str | None]) -> list[str]:
    found = [unit]
    while (parent := above.get(found[-1])) is not None:
        found.append(parent)
    return found


def _tell(what_if: "WhatIf", at: "Instant") -> None:
    """Say what the rule did, and where there is not enough for what it leaves held."""
    from api.replay.holdings import overfull

    tally = what_if.tally
    say(
        f"The rule changed {tally.changed} facts, left out {tally.left_out} and added"
        f" {tally.added}; {tally.fitted} others had less to take or to give, and"
        f" {tally.fell_away} fell away."
    )
    for pool, held, allocatable in overfull(what_if.state, at):
        say(f"warning: by this rule {held} of {pool} are held, and {allocatable} can be given.")
