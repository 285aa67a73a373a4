"""`allot tokens`: who may knock at the doors; a token is shown once and kept as a digest only."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from api.cli.database import DataOption, connected
from api.cli.endings import REFUSED, USAGE, Ended
from api.cli.options import Form, Output, examples, moment
from api.cli.output import say, show_rows
from api.scopes import Scope
from api.tokens import NameTaken, create_token, list_tokens, revoke_token
from ledger.periods import to_datetime, to_instant

Name = Annotated[str, typer.Argument(metavar="NAME", help="What events will call the token.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Bearer tokens for people and programs.")
    group.command(
        epilog=examples(
            "allot tokens create laptop kim@example.org",
            "allot tokens create dashboard board@services --scope feed --until 2027-01-01",
        )
    )(create)
    group.command("list", epilog=examples("allot tokens list", "allot tokens list -o json"))(show)
    group.command(
        epilog=examples("allot tokens revoke laptop", "allot tokens revoke dashboard --data here")
    )(revoke)
    app.add_typer(group, name="tokens")


def create(
    name: Name,
    person: Annotated[
        str,
        typer.Argument(metavar="PERSON", help="Whose it is; a program is NAME@services."),
    ],
    *,
    scope: Annotated[
        Scope | None,
        typer.Option(
            "--scope",
            help="What it is good for; left out: write for people, read for NAME@services.",
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="When it ends; left out: never.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Make a token; it goes to stdout, once."""
    try:
        with connected(data) as connection:
            token = create_token(connection, person, name, _end(until), scope)
    except NameTaken as taken:
        raise Ended(REFUSED, f"A token named {name} exists already.") from taken
    except ValueError as wrong:
        raise Ended(USAGE, f"No token was made: {wrong}.") from wrong
    sys.stdout.write(token + "\n")
    say("Keep it: it is not shown again.")


def _end(until: str | None) -> datetime | None:
    text = moment(until)
    return None if text is None else to_datetime(to_instant(text))


def show(*, data: DataOption = None, form: Form = Output.TABLE) -> None:
    """List every token ever made, newest first, without the tokens."""
    with connected(data) as connection:
        rows = [
            {
                "name": one.name,
                "person": one.person,
                "scope": one.scope,
                "created_at": one.created_at.isoformat(),
                "expires_at": None if one.expires_at is None else one.expires_at.isoformat(),
                "revoked_at": None if one.revoked_at is None else one.revoked_at.isoformat(),
            }
            for one in list_tokens(connection)
        ]
    show_rows(rows, form, ("name", "person", "scope", "created_at", "expires_at", "revoked_at"))


def revoke(name: Name, *, data: DataOption = None) -> None:
    """End a token for good; the doors know within a second."""
    with connected(data) as connection:
        if not revoke_token(connection, name):
            raise Ended(REFUSED, f"No token named {name} is in force.")
    say(f"The token {name} is revoked.")
