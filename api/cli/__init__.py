"""The command line `allot`: people's verbs speak HTTP, operators' verbs speak to the database."""

import atexit
import errno
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

from api.cli.endings import INTERRUPTED, REFUSED, UNREACHABLE, USAGE, Ended, fate_of
from api.cli.output import say
from api.cli.parts import PARTS, imported, parts_for
from api.cli.streams import no_text, open_streams
from api.unreachable import Interrupted, Unreachable, Unsendable
from ledger.store.embedded.refusals import CannotStart

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""How it shows that where the output goes takes no more."""

PLAIN: Final = {"PGDATESTYLE": "ISO", "PGCLIENTENCODING": "UTF8"}
"""How dates and texts come from a database, whatever the caller's other programs prefer."""


def build(parts: Sequence[str] = tuple(PARTS)) -> typer.Typer:
    """The command line, or some parts of it."""
    app = typer.Typer(
        name="allot",
        help="The record of who holds which compute, since when, until when, and why.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for part in parts:
        imported(part).register(app)
    return app


@cache
def assembled(parts: tuple[str, ...] = tuple(PARTS)) -> TyperGroup:
    """The same, ready to run: its verbs are looked through once, however often it runs."""
    return get_group(build(parts))


def main() -> None:
    """Run `allot` and leave with the exit code that contracts, section 4, promises."""
    # What is left when it ends goes with the process: nobody looks through it for waste.
    atexit.register(gc.freeze)
    os.environ.update(PLAIN)
    open_streams()
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()  # while somebody is there to be told that it cannot be written
    except BrokenPipeError:
        # Whoever read has seen enough: `allot history | head`.
        _flush_nothing()
        sys.exit(REFUSED)
    except OSError as failed:
        # A file that has a name is not the output.
        if failed.errno not in NO_ROOM or failed.filename is not None:
            raise
        _flush_nothing()
        say(
            f"Not all can be written, most likely of what this prints: {failed.strerror}. "
            "A command was answered all the same: `allot history` shows what was recorded."
        )
        sys.exit(UNREACHABLE)


def _run() -> None:
    try:
        wrong = no_text(sys.argv[1:]) or no_text(_settings())
        if wrong is not None:
            raise Ended(USAGE, f"{wrong} is no UTF-8 text.")
        assembled(parts_for(sys.argv[1:]))()
    except Ended as ended:
        if ended.words:
            say(ended.words)
        sys.exit(ended.code)
    except CannotStart as reason:
        say(str(reason))
        sys.exit(UNREACHABLE)
    except Unreachable as lost:
        say(str(lost))
        if lost.key is not None:
            say(fate_of(lost.key))
        sys.exit(UNREACHABLE)
    except Unsendable as reason:
        say(str(reason))
        sys.exit(USAGE)
    except NotADirectoryError as file:
        say(f"{file.filename} cannot be used: {file.strerror}. --data has to name a directory.")
        sys.exit(USAGE)
    except Interrupted as stopped:
        say(fate_of(stopped.key))
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _settings() -> Iterable[str]:
    """The variables of the environment that stand for options."""
    return (value for name, value in os.environ.items() if name.startswith("ALLOT_"))


def _flush_nothing() -> None:
    """Have what is still to be printed go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
