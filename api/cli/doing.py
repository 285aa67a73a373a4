"""`allot do`: give any command of the API, with its fields as the API takes them."""

import sys
from typing import Annotated

import msgspec
import typer

from api.cli.asking import give
from api.cli.endings import USAGE, Ended
from api.cli.options import examples
from api.cli.verbs import Terms, unfolded
from api.client import PATHS, Json


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command(
        epilog=examples(
            """allot do open_pool '{"pool": "phoenix/h100", "granule": 8}'""",
            """allot do delegate '{"to": "kim", "role": "lead", "unit": "vision"}' --dry-run""",
        )
    )(do)


@unfolded
def do(
    command: Annotated[
        str, typer.Argument(metavar="COMMAND", help=f"What to do: {', '.join(PATHS)}.")
    ],
    fields: Annotated[
        str | None,
        typer.Argument(metavar="FIELDS", help="A JSON object; left out: read from stdin."),
    ] = None,
    *,
    terms: Terms,
) -> None:
    """Give any command, its fields as the API takes them: pools, units, delegations, decisions."""
    if command not in PATHS:
        raise Ended(USAGE, f"There is no command {command}. There are: {', '.join(PATHS)}.")
    try:
        text = sys.stdin.read() if fields is None else fields
        read = msgspec.json.decode(text, type=dict[str, Json])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as wrong:
        raise Ended(USAGE, f"The fields are no JSON object: {wrong}") from wrong
    give(command, read, terms)
