"""The verbs that read: holdings, capacity, history, projections."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Annotated

import msgspec
import typer

from api.cli.asking import client_of, refuse
from api.cli.catching_up import catch_up
from api.cli.options import (
    DEFAULT_URL,
    Actor,
    AsOf,
    Form,
    KnownAt,
    Output,
    PoolOption,
    UnderOption,
    UnitOption,
    Url,
    examples,
    moment,
)
from api.cli.output import Row, say, show_document, show_rows

_ALL = 1_000  # the largest page the API gives


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


def holdings(
    *,
    pool: PoolOption = None,
    unit: UnitOption = None,
    under: UnderOption = None,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="BY", help="unit (default), grant, pool or parent."),
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    form: Form = Output.TABLE,
    url: Url = DEFAULT_URL,
    actor: Actor = None,
) -> None:
    """Show who holds how much, now or at any instant, as known now or then."""
    params = {"pool": pool, "unit": unit, "under": under, "group": group}
    columns = ("pool", "unit", "quantity")
    _list(
        "/v1/holdings", params | _clocks(as_of, known_at), columns, form=form, url=url, actor=actor
    )


def capacity(
    *,
    pool: PoolOption = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    form: Form = Output.TABLE,
    url: Url = DEFAULT_URL,
    actor: Actor = None,
) -> None:
    """Show what each pool has, holds and has free."""
    columns = ("pool", "allocatable", "held", "free")
    _list(
        "/v1/capacity",
        {"pool": pool} | _clocks(as_of, known_at),
        columns,
        form=form,
        url=url,
        actor=actor,
    )


def history(
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="Words, and by: unit: topic: ...")
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
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")] = (
        100
    ),
    known_at: KnownAt = None,
    form: Form = Output.TABLE,
    url: Url = DEFAULT_URL,
    actor: Actor = None,
) -> None:
    """Show what happened, who decided it and why; QUERY searches."""
    params = {
        "q": query, "pool": pool, "unit": unit, "under": under, "from": moment(since),
        "to": moment(until), "clock": clock, "order": order, "known_at": moment(known_at),
    }  # fmt: skip
    columns = ("position", "effective_at", "by", "sentence", "reason")
    _list("/v1/history", params, columns, form=form, url=url, actor=actor, at_most=limit, only=True)


def projections(
    *,
    form: Form = Output.TABLE,
    url: Url = DEFAULT_URL,
    actor: Actor = None,
) -> None:
    """Show how far each read model has followed the log."""
    with client_of(url, actor, "allot projections") as client:
        reply = client.get("/v1/position")
    if reply.is_refusal:
        refuse(reply, form)
    if form is Output.JSON:
        show_document(reply.body)
        return
    found = reply.read(Mapping[str, msgspec.Raw])
    rows = msgspec.json.decode(found["projections"], type=list[dict[str, object]])
    show_rows(rows, form, ("name", "position", "lag_events", "lag_seconds", "state"))
    say(f"The log stands at position {bytes(found['head']).decode()}.")


def _clocks(as_of: str | None, known_at: str | None) -> dict[str, str | None]:
    return {"valid_at": moment(as_of), "known_at": moment(known_at)}


def _list(
    path: str,
    params: Mapping[str, str | None],
    columns: tuple[str, ...],
    *,
    form: Output,
    url: str,
    actor: str | None,
    at_most: int | None = None,
    only: bool = False,
) -> None:
    """Print a list of the API, all its pages; `only` keeps a table to its first columns."""
    rows: list[Row] = []
    first: dict[str, object] = {}
    with client_of(url, actor, "allot") as client:
        catch_up(client)
        asked = dict(params) | {"limit": str(min(at_most or _ALL, _ALL))}
        for reply, page in client.pages(path, asked):
            if page is None:
                refuse(reply, form)
                return
            first = first or reply.read(dict[str, object])
            rows += islice(page.items, None if at_most is None else at_most - len(rows))
            if at_most is not None and len(rows) >= at_most:
                break
    if form is Output.JSON:
        show_document(msgspec.json.encode(first | {"items": rows, "next": None}))
        return
    if only and form is Output.TABLE:
        rows = [{name: row.get(name) for name in columns} for row in rows]
    show_rows(rows, form, columns)
    say(_reflects(first.items()))


def _reflects(named: Iterable[tuple[str, object]]) -> str:
    """The clocks an answer was read by."""
    clocks = [f"{name} {value}" for name, value in named if name in _CLOCKS and value is not None]
    return ", ".join(clocks)


_CLOCKS = ("position", "valid_at", "known_at", "clock")
