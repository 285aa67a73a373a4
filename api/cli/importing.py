"""`allot import`: operations or balances through the API, or a whole export into an empty one."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.asking import client_of
from api.cli.bringing_in import Brought, bring_in, proposed, told_to_repeat, why_not
from api.cli.endings import REFUSED, UNREACHABLE, USAGE, Ended, code_of
from api.cli.opening import balances
from api.cli.operations import Operations, Unreadable, read_operations, via_of
from api.cli.options import Output, examples
from api.cli.output import Row, say, show_rows, steps
from api.cli.restoring import events
from api.cli.verbs import View, unfolded
from api.client import Client


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Bring in what was recorded elsewhere.")
    group.command(
        epilog=examples(
            "allot import operations operations.jsonl",
            "allot import operations moves.jsonl --source cluster-a --keep-going -o csv",
        )
    )(operations)
    group.command(
        epilog=examples(
            "allot import events record.jsonl", "allot import events a.jsonl --yes --data here"
        )
    )(events)
    group.command(
        epilog=examples(
            "allot import balances holdings.csv --capacity phoenix/h100=784",
            "allot import balances holdings.csv --at 2027-01-01 --keep-going -o csv",
        )
    )(balances)
    app.add_typer(group, name="import")


@unfolded
def operations(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines of operations.")],
    *,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Begins the keys; left out: FILE's name."),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on after a line that is refused.")
    ] = False,
    view: View,
) -> None:
    """Import a file of operations through the API; twice is once.

    Missing pools and units are made. At a refusal it stops with the line and its arithmetic.
    """
    found = read(file)
    with client_of(view.url, view.actor, via_of(found)) as client, told_to_repeat():
        brought = import_operations(client, found, source=source, keep_going=keep_going)
    if view.form is not Output.TABLE:
        show_rows([_row(one) for one in brought], view.form)
    refused = [one for one in brought if one.reply.is_refusal]
    if refused:
        worst = max(code_of(one.reply) for one in refused)
        raise Ended(worst if worst == UNREACHABLE else REFUSED, _tally(found, brought))
    say(_tally(found, brought))


def read(file: Path) -> Operations:
    """The operations of a file; one that cannot be read ends the command."""
    try:
        return read_operations(file)
    except Unreadable as wrong:
        raise Ended(USAGE, f"{wrong}. Nothing was imported.") from wrong
    except OSError as wrong:
        raise Ended(USAGE, f"{file} cannot be read: {wrong.strerror}") from wrong


def import_operations(
    client: Client, found: Operations, *, source: str | None = None, keep_going: bool = False
) -> list[Brought]:
    """Import with progress; each refusal is said as it comes."""
    brought: list[Brought] = []
    with steps(f"Importing {found.name}", len(found.lines)) as bar:
        for one in bring_in(
            client, found, source=source or found.name, keep_going=keep_going, at=bar.at
        ):
            brought.append(one)
            if one.reply.is_refusal:
                say(f"{found.name}, line {one.line.number} ({one.key}): {why_not(one.reply)}")
    return brought


def _tally(found: Operations, brought: list[Brought]) -> str:
    refused = sum(one.reply.is_refusal for one in brought)
    done = [one.reply for one in brought if not (one.reply.is_refusal or one.reply.is_proposal)]
    known = sum(reply.replayed for reply in done)
    waiting = proposed(one.reply for one in brought)
    left = len(found.lines) - len(brought)
    unread = f", {left} not tried" if left else ""
    return (
        f"{found.name}: {len(done) - known} recorded, {known} known already{waiting},"
        f" {refused} refused{unread}."
    )


def _row(one: Brought) -> Row:
    problem = one.reply.problem if one.reply.is_refusal else None
    return {
        "line": one.line.number,
        "key": one.key,
        "status": one.reply.status,
        "position": one.reply.position,
        "known": one.reply.replayed,
        "code": None if problem is None else problem.code,
        "detail": None if problem is None else problem.detail,
    }
