"""The verbs of the books: what moved in a period, between whom, and what is believed otherwise."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from msgspec import Struct

from api.cli.asking import client_of, refuse
from api.cli.catching_up import catch_up
from api.cli.endings import REFUSED, Ended
from api.cli.listing import reflects, show_list
from api.cli.options import (
    AsOf,
    From,
    KnownAt,
    Output,
    PoolOption,
    UnderOption,
    UnitOption,
    examples,
    moment,
)
from api.cli.output import Row, say, show_document, show_rows
from api.cli.verbs import View, unfolded
from api.client import Client, Json, Reply

To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before this time.")]


class Statement(Struct, frozen=True):
    """One page of a statement: `opening` and `closing` are those of all of it."""

    position: int
    known_at: int
    opening: int
    entries: Sequence[dict[str, Json]]
    closing: int
    next: str | None
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            "allot statement phoenix/h100 --unit research/vision --from 2027-01-01 --to 2027-04-01",
            "allot statement phoenix/h100 --under research --known-at 1042 -o csv",
        )
    )(statement)
    app.command(
        epilog=examples(
            "allot flows --pool phoenix/h100 --from 2027-01-01 --to 2027-04-01",
            "allot flows --group parent --known-at 1042 -o csv",
        )
    )(flows)
    app.command(
        epilog=examples(
            "allot diff 1042", "allot diff 1042 1100 --as-of 2027-01-01 --pool phoenix/h100"
        )
    )(diff)


@unfolded
def statement(
    pool: Annotated[str, typer.Argument(metavar="POOL", help="The pool, e.g. phoenix/h100.")],
    *,
    unit: UnitOption = None,
    under: UnderOption = None,
    since: From = None,
    to: To = None,
    known_at: KnownAt = None,
    view: View,
) -> None:
    """Show what a unit held, each thing that changed it, and what it holds then.

    Opening and entries add up to closing. An entry that was corrected since names the correction.
    """
    params = {
        "pool": pool, "unit": unit, "under": under, "from": moment(since), "to": moment(to),
        "known_at": moment(known_at), "limit": "1000",
    }  # fmt: skip
    with client_of(view.url, view.actor, "allot") as client:
        catch_up(client)
        pages = _pages(client, params, view.form)
    last = pages[-1].read(Statement)
    entries = [entry for page in pages for entry in page.read(Statement).entries]
    if view.form is Output.JSON:
        whole = pages[0].read(dict[str, object]) | {"entries": entries, "next": None}
        show_document(msgspec.json.encode(whole))
        return
    rows = statement_rows(last, entries)
    columns = ("at", "kind", "quantity", "balance", "sentence", "position", "corrected_by")
    if view.form is Output.TABLE:
        rows = [{name: row.get(name) for name in columns} for row in rows]
    show_rows(rows, view.form, columns)
    say(reflects((("position", last.position), ("known_at", last.known_at))))


@unfolded
def flows(
    *,
    pool: PoolOption = None,
    since: From = None,
    to: To = None,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="BY", help="unit (default) or parent."),
    ] = None,
    known_at: KnownAt = None,
    view: View,
) -> None:
    """Show who passed how much to whom: what starts comes from the pool, what ends goes to it.

    Grouped by parent, what passes between members of the same unit is left out.
    """
    params = {
        "pool": pool, "from": moment(since), "to": moment(to), "group": group,
        "known_at": moment(known_at),
    }  # fmt: skip
    columns = ("pool", "from_unit", "to_unit", "quantity")
    shown = {"from_unit": _end, "to_unit": _end}
    show_list("/v1/flows", params, columns, view=view, shown=shown)


@unfolded
def diff(
    known_from: Annotated[
        str, typer.Argument(metavar="POSITION|TIME", help="What was believed here ...")
    ],
    known_to: Annotated[
        str | None, typer.Argument(metavar="POSITION|TIME", help="... and here; left out: now.")
    ] = None,
    *,
    as_of: AsOf = None,
    pool: PoolOption = None,
    unit: UnitOption = None,
    under: UnderOption = None,
    view: View,
) -> None:
    """Show what is believed otherwise of an instant, and the positions that changed it.

    Exit code 1 when there is a difference.
    """
    params = {
        "known_from": moment(known_from), "known_to": moment(known_to),
        "valid_at": moment(as_of), "pool": pool, "unit": unit, "under": under,
    }  # fmt: skip
    columns = ("pool", "unit", "grant", "before", "after", "positions")
    found = show_list("/v1/differences", params, columns, view=view)
    if found:
        raise Ended(REFUSED, "1 difference." if found == 1 else f"{found} differences.")


def statement_rows(told: Statement, entries: Sequence[Row]) -> list[Row]:
    """The entries between a row for the opening and one for the closing."""
    return [
        {"at": told.start, "kind": "opening", "balance": told.opening},
        *entries,
        {"at": told.end, "kind": "closing", "balance": told.closing},
    ]


def _end(unit: object) -> str:
    """Who gave or got, on a table: a unit, or the pool itself."""
    return "the pool" if unit is None else str(unit)


def _pages(client: Client, params: dict[str, str | None], form: Output) -> list[Reply]:
    found: list[Reply] = []
    cursor: str | None = None
    while not found or cursor is not None:
        reply = client.get("/v1/statement", params | {"cursor": cursor})
        if reply.is_refusal:
            refuse(reply, form)
        found.append(reply)
        cursor = reply.read(Statement).next
    return found
