"""The verb that asks why: who decided about a grant or a request, by what right, and so on."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import quote

import typer
from msgspec import Struct

from api.cli.asking import client_of, refuse
from api.cli.catching_up import catch_up
from api.cli.endings import USAGE, Ended
from api.cli.listing import reflects
from api.cli.options import Output, examples
from api.cli.output import say, show_document, show_rows
from api.cli.verbs import Clocks, View, unfolded
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
            "allot why --request 0197d0a1-0000-7000-8000-000000000003 --known-at 1042 -o json",
        )
    )(why)


@unfolded
def why(
    grant: Annotated[str | None, typer.Argument(metavar="GRANT", help="The grant's id.")] = None,
    *,
    request: Annotated[
        str | None, typer.Option("--request", metavar="UUID", help="Of this request instead.")
    ] = None,
    when: Clocks,
    view: View,
) -> None:
    """Show why a grant is as it is, back to who gave the right to decide it, and what came since.

    The decision, the request it answers, the budget and the split, the delegations used, and
    where the units came from. Of a request: who answered in which words, what came of it, who got
    the units instead, and where it stands.
    """
    if (grant is None) == (request is None) or "" in (grant, request):
        raise Ended(USAGE, "Say of what: a grant, or --request.")
    name = quote(grant or request or "", safe="")
    path = f"/v1/{'requests' if grant is None else 'grants'}/{name}/why"
    with client_of(view.url, view.actor, "allot why") as client:
        catch_up(client)
        reply = client.get(path, when.params())
        if reply.is_refusal:
            refuse(reply, view.form)
    if view.form is Output.JSON:
        show_document(reply.body)
        return
    told = reply.read(Why)
    short = [{name: one.get(name) for name in COLUMNS} for one in told.chain]
    show_rows(short if view.form is Output.TABLE else told.chain, view.form, COLUMNS)
    say(reflects((("position", told.position), ("valid_at", told.valid_at),
                  ("known_at", told.known_at))))  # fmt: skip
