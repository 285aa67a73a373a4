"""`allot db`: the PostgreSQL server of our own, kept running, stopped, looked at, emptied."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from api.cli.agreeing import agree
from api.cli.database import ADDRESS, database, home
from api.cli.endings import REFUSED, UNREACHABLE, USAGE, Ended
from api.cli.options import Form, Output, Yes, examples
from api.cli.output import say, show_rows
from ledger.store.embedded.refusals import CannotStart
from ledger.store.embedded.server import reset as reset_server
from ledger.store.embedded.server import status as status_of
from ledger.store.embedded.server import stop as stop_server

Kept = Annotated[
    Path | None,
    typer.Option("--data", envvar="ALLOT_DATA", metavar="DIR", help="Where it is kept."),
]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(no_args_is_help=True, help="A PostgreSQL of our own, for one machine.")
    group.command(epilog=examples("allot db start", "allot db start --data here"))(start)
    group.command(epilog=examples("allot db stop", "allot db stop --data here"))(stop)
    group.command(epilog=examples("allot db status", "allot db status --data here -o json"))(status)
    group.command(
        epilog=examples("allot db reset", "allot db reset --data here --yes"),
    )(reset)
    app.add_typer(group, name="db")


def start(*, data: Kept = None) -> None:
    """Start the server and leave it running; its address goes to stdout."""
    with database(data, keep=True) as url:
        sys.stdout.write(url + "\n")
    say(f"It runs until `allot db stop`. To use it: export {ADDRESS} to that address.")


def stop(*, data: Kept = None) -> None:
    """Stop the server, whoever uses it."""
    folder = data or home()
    say("Stopped." if _done(stop_server, folder) else f"None runs in {folder}.")


def status(*, data: Kept = None, form: Form = Output.TABLE) -> None:
    """Show what runs and what is stored; exit code 3 when no server runs."""
    folder = data or home()
    found = status_of(folder)
    row = {
        "data": str(folder),
        "running": found.running,
        "pid": found.pid,
        "url": found.url,
        "major": found.major,
        "kept": found.kept,
        "log": str(found.log),
    }
    show_rows([row], form)
    if not found.running:
        raise Ended(UNREACHABLE)


def reset(*, data: Kept = None, yes: Yes = False) -> None:
    """Stop the server and delete all that was recorded in it, for good."""
    folder = data or home()
    if not yes:
        if not sys.stdin.isatty():
            raise Ended(USAGE, f"This deletes the record in {folder}: say --yes.")
        agree(f"Delete everything recorded in {folder}, for good?")
    existed = _done(reset_server, folder)
    # What a demo remembers of its filling is untrue of the next cluster.
    (folder / "demo.json").unlink(missing_ok=True)
    if not existed:
        raise Ended(REFUSED, f"There was nothing in {folder}.")
    say(f"Deleted what was recorded in {folder}.")


def _done(act: Callable[[Path], bool], folder: Path) -> bool:
    try:
        return act(folder)
    except CannotStart as reason:
        raise Ended(UNREACHABLE, str(reason)) from reason
