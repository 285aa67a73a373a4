"""The verbs that read: holdings, capacity, history, projections."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
import typer

from api.cli.asking import client_of, refuse
from api.cli.listing import show_list
from api.cli.options import (
    KnownAt,
    Output,
    PoolOption,
    UnderOption,
    UnitOption,
    examples,
    moment,
)
from api.cli.output import say, show_document, show_rows
from api.cli.verbs import Clocks, View, unfolded


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            "allot holdings --pool phoenix/h100",
            "allot holdings --under research --as-of 2026-01-01 --known-at 1042 -o csv",
        )
    )(holdings)
    app.command(
        epilog=examples("allot capacity", "allot capacity --pool phoenix/h100 --as-of 2026-01-01")
    )(capacity)
    app.command(
        epilog=examples(
            "allot history --unit research/vision --limit 20",
            'allot history "by:operator@demo topic:released.v1 effective:>=2026-01-01" -o jsonl',
        )
    )(history)
    app.command(epilog=examples("allot projections", "allot projections -o json"))(projections)


@unfolded
def holdings(
    *,
    pool: PoolOption = None,
    unit: UnitOption = None,
    under: UnderOption = None,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="BY", help="unit (default), grant, pool or parent."),
    ] = None,
    when: Clocks,
    view: View,
) -> None:
    """Show who holds how much, now or at any instant, as known now or then."""
    params = {"pool": pool, "unit": unit, "under": under, "group": group}
    columns = ("pool", "unit", "quantity")
    show_list("/v1/holdings", params | when.params(), columns, view=view)


@unfolded
def capacity(
    *,
    pool: PoolOption = None,
    when: Clocks,
    view: View,
) -> None:
    """Show what each pool has, holds and has free."""
    columns = ("pool", "allocatable", "held", "free")
    show_list(
        "/v1/capacity",
        {"pool": pool} | when.params(),
        columns,
        view=view,
    )


@unfolded
def history(
    query: Annotated[
        str | None,
        typer.Argument(metavar="QUERY", help="Words, #POSITION, and by: unit: topic: ..."),
    ] = None,
    *,
    pool: PoolOption = None,
    unit: UnitOption = None,
    under: UnderOption = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="From this time on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Before this time.")
    ] = None,
    clock: Annotated[
        str | None,
        typer.Option("--clock", metavar="CLOCK", help="recorded or effective, for both times."),
    ] = None,
    order: Annotated[
        str | None, typer.Option("--order", metavar="ORDER", help="asc (default) or desc.")
    ] = None,
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="POSITION", min=0, help="Behind this position only."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")] = (
        100
    ),
    known_at: KnownAt = None,
    view: View,
) -> None:
    """Show what happened, who decided it and why; QUERY searches."""
    params = {
        "after": None if after is None else str(after),
        "q": query, "pool": pool, "unit": unit, "under": under, "from": moment(since),
        "to": moment(until), "clock": clock, "order": order, "known_at": moment(known_at),
    }  # fmt: skip
    columns = ("position", "effective_at", "by", "sentence", "reason", "corrected_by")
    show_list(
        "/v1/history", params, columns, view=view, at_most=limit, only=True, rare=("corrected_by",)
    )


@unfolded
def projections(
    *,
    view: View,
) -> None:
    """Show how far each read model has followed the log."""
    with client_of(view.url, view.actor, "allot projections") as client:
        reply = client.get("/v1/position")
    if reply.is_refusal:
        refuse(reply, view.form)
    if view.form is Output.JSON:
        show_document(reply.body)
        return
    found = reply.read(Mapping[str, msgspec.Raw])
    rows = msgspec.json.decode(found["projections"], type=list[dict[str, object]])
    show_rows(rows, view.form, ("name", "position", "lag_events", "lag_seconds", "state"))
    say(f"The log stands at position {bytes(found['head']).decode()}.")
