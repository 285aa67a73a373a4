"""The verb that asks why: who decided about a grant, by what right, whence the units came."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import quote

import typer
from msgspec import Struct

from api.cli.asking import client_of, refuse
from api.cli.catching_up import catch_up
from api.cli.listing import clocks, reflects
from api.cli.options import DEFAULT_URL, Actor, AsOf, Form, KnownAt, Output, Url, examples
from api.cli.output import say, show_document, show_rows
from api.client import Json

COLUMNS: Final = ("what", "position", "sentence")


class Why(Struct, frozen=True, kw_only=True):
    """The chain and the clocks it was read by."""

    position: int
    valid_at: str
    known_at: int
    chain: Sequence[dict[str, Json]]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command(
        epilog=examples(
            "allot why 0197d0a1-0000-7000-8000-000000000001",
            "allot why 0197d0a1-0000-7000-8000-000000000001 --known-at 1042 -o json",
        )
    )(why)


def why(
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="The grant's id.")],
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    form: Form = Output.TABLE,
    url: Url = DEFAULT_URL,
    actor: Actor = None,
) -> None:
    """Show why a grant is as it is, back to who gave the right to decide it, and what came since.

    The decision, the request it answers, the budget and the split, the delegations used, and
    where the units came from.
    """
    with client_of(url, actor, "allot why") as client:
        catch_up(client)
        reply = client.get(f"/v1/grants/{quote(grant, safe='')}/why", clocks(as_of, known_at))
        if reply.is_refusal:
            refuse(reply, form)
    if form is Output.JSON:
        show_document(reply.body)
        return
    told = reply.read(Why)
    short = [{name: one.get(name) for name in COLUMNS} for one in told.chain]
    show_rows(short if form is Output.TABLE else told.chain, form, COLUMNS)
    say(reflects((("position", told.position), ("valid_at", told.valid_at),
                  ("known_at", told.known_at))))  # fmt: skip
