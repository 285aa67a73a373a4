"""`allot rebuild`: make read models anew beside the old, compare, switch."""

from typing import Annotated

import typer

from api.cli.database import DataOption
from api.cli.endings import USAGE, Ended
from api.cli.options import examples


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=examples("allot rebuild", "allot rebuild holdings history --data here"))(
        rebuild
    )


def rebuild(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Which; left out: all.")
    ] = None,
    *,
    data: DataOption = None,
) -> None:
    """Make read models anew from the log; the old ones serve until the new ones take over.

    Exit code 1 when a new one differs from the old at the same position; it takes over all the
    same.
    """
    raise Ended(USAGE)
