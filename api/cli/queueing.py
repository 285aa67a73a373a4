"""The verbs of the queue: decide answers a request, queue and requests show them."""

from typing import Annotated, Final

import msgspec
import typer
from msgspec import Struct

from api.cli.asking import give
from api.cli.endings import USAGE, Ended
from api.cli.fields import whole
from api.cli.listing import show_list
from api.cli.options import (
    PoolOption,
    RequestId,
    UnderOption,
    examples,
    given,
    moment,
)
from api.cli.verbs import Clocks, Said, Terms, View, unfolded

_REQUEST: Final = "0197d0a1-0000-7000-8000-000000000003"
_COLUMNS: Final = (
    "request", "unit", "pools", "quantity", "awarded", "granted", "status", "priority", "ahead",
    "eta", "eta_likely", "blocked_by", "deciders",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            f"allot decide {_REQUEST} partly phoenix/h100=64 --reason 'Half of it until April'",
            f"allot decide {_REQUEST} denied --reason 'The flagship comes first' --dry-run",
        )
    )(decide)
    app.command(
        epilog=examples("allot queue --pool phoenix/h100", "allot queue --under research -o csv")
    )(queue)
    app.command(
        epilog=examples(
            "allot requests --status denied",
            "allot requests --under research --as-of 2027-01-01 --known-at 1042 -o jsonl",
        )
    )(requests)


@unfolded
def decide(
    request_id: RequestId,
    outcome: Annotated[
        str, typer.Argument(metavar="OUTCOME", help="approved, partly, denied or deferred.")
    ],
    awards: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[POOL=QUANTITY...]",
            help="What is awarded of each pool, in total so far; approved without: all of it.",
        ),
    ] = None,
    *,
    rest: Annotated[
        str | None,
        typer.Option("--rest", metavar="REST", help="Of partly: the rest waits, or is closed."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="When it falls due.")
    ] = None,
    priority: Annotated[
        str | None,
        typer.Option("--priority", metavar="LEVEL", help="What counts: low, normal, high, ..."),
    ] = None,
    said: Said,
    terms: Terms,
) -> None:
    """Answer a request. An award holds nothing until it is granted: allot grant --request."""
    fields = said.fields()
    fields |= {"request": request_id, "outcome": outcome}
    fields |= given(
        (("awarded", [award(text) for text in awards or ()]), ("rest", rest),
         ("until", moment(until)), ("priority", priority))
    )  # fmt: skip
    give("decide_request", fields, terms)


def award(text: str) -> dict[str, object]:
    """POOL=QUANTITY, as an award."""
    pool, equals, quantity = text.rpartition("=")
    if not equals or not pool:
        raise Ended(USAGE, f"'{text}': say how much of which pool, as POOL=QUANTITY.")
    return {"pool": pool, "quantity": whole(quantity)}


@unfolded
def queue(
    *,
    pool: PoolOption = None,
    under: UnderOption = None,
    when: Clocks,
    view: View,
) -> None:
    """Show who waits for what, in order: who is ahead, the earliest dates, what blocks it."""
    _show({"status": "waiting", "pool": pool, "under": under} | when.params(), view)  # fmt: skip


@unfolded
def requests(
    *,
    status: Annotated[
        str | None,
        typer.Option("--status", metavar="STATUS", help="any (default), waiting, denied, ..."),
    ] = None,
    pool: PoolOption = None,
    under: UnderOption = None,
    when: Clocks,
    view: View,
) -> None:
    """Show what was asked for, and what became of it."""
    _show({"status": status, "pool": pool, "under": under} | when.params(), view)  # fmt: skip


def _show(params: dict[str, str | None], view: View) -> None:
    shown = {"pools": _listed, "deciders": _listed, "ahead": _ahead}
    show_list("/v1/requests", params, _COLUMNS, view=view, only=True, shown=shown)


def _listed(names: object) -> str:
    return ", ".join(msgspec.convert(names, list[str]))


class _Ahead(Struct, frozen=True):
    requests: int
    quantity: int


def _ahead(cell: object) -> str:
    """How many are ahead, and for how much."""
    told = msgspec.convert(cell, _Ahead | None)
    return "" if told is None else f"{told.requests} for {told.quantity}"
