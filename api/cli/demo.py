"""`allot demo`: a whole ledger on this machine, filled, served and proven by one command."""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from msgspec import Struct
from msgspec.structs import replace

from api.cli.beside import Beside, wait_until_read
from api.cli.database import ADDRESS, database, home
from api.cli.endings import DONE, REFUSED, USAGE, Ended
from api.cli.founding import begin, prepare
from api.cli.importing import import_operations, read
from api.cli.operations import Operations, via_of
from api.cli.options import examples
from api.cli.output import say, steps
from api.cli.processes import end_on_sigterm, finish_undisturbed
from api.cli.serving import HOST, refuse_taken
from api.client import Client
from api.demo.asking import Disproved
from api.demo.cast import OPERATOR, ROOT
from api.demo.filling import TOOL, StoryClock, fill
from api.demo.marker import Filling, keep_filling, read_filling
from api.demo.plot import DAYS
from api.demo.proof import prove
from api.demo.story import begins, story
from ledger.periods import to_datetime
from ledger.store.embedded.server import Durability

if TYPE_CHECKING:
    from ledger.committer import Committer

_SEED: Final = 1
_PORT: Final = 8000


Own = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="ALLOT_DATA",
        metavar="DIR",
        help=f"Where its own database is kept; it uses no other, whatever {ADDRESS} names.",
    ),
]


class Wishes(Struct, frozen=True, kw_only=True):
    """What the person asked for."""

    operations: Operations | None
    empty: bool
    check: bool


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        epilog=examples(
            "allot demo", "allot demo --operations operations.jsonl --data here --port 0"
        )
    )(demo)


def demo(
    *,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, help="0 picks one; left out: 8000.")
    ] = None,
    data: Own = None,
    operations: Annotated[
        Path | None,
        typer.Option("--operations", metavar="FILE", help="Import this file, invent nothing."),
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="Found a ledger, fill in nothing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Start, prove the page and the API, end.")
    ] = False,
) -> None:
    """Start a ledger of its own with invented data and print where its page is.

    The last line on stdout is the address, once everything is ready. A second start goes on with
    the same data; Ctrl-C ends every process of it.
    """
    if empty and operations is not None:
        raise Ended(USAGE, "Either --empty or --operations, not both.")
    found = None if operations is None else read(operations)
    wishes = Wishes(operations=found, empty=empty, check=check)
    end_on_sigterm()
    with ExitStack() as begun:
        folder = data or _folder(wishes, begun)
        wanted_port = port if port is not None else 0 if check else _PORT
        refuse_taken(HOST, wanted_port)
        filling = _filling(folder, wishes)
        try:
            _run(folder, filling, wishes, wanted_port, begun)
        finally:
            finish_undisturbed()


def _run(folder: Path, filling: Filling, wishes: Wishes, port: int, begun: ExitStack) -> None:
    """Start the database, fill it, serve it until told to stop."""
    from api.serving import serve
    from api.settings import Settings

    # A demo never writes into a database that somebody named for something else.
    os.environ.pop(ADDRESS, None)
    address = begun.enter_context(database(folder))
    prepare(address)
    if not filling.is_complete:
        _fill(address, filling)
    settings = Settings(
        database_url=address, auth="open", host=HOST, port=port, invented=filling.seed is not None
    )
    beside = Beside(partial(_open, folder, filling, wishes))
    try:
        serve(settings, ready=beside)
    except Ended:
        beside.outcome()
        raise


def _fill(address: str, filling: Filling) -> None:
    """Found the ledger, and write the story into it if it is to have one."""
    if filling.seed is None or filling.day is None:
        begin(address, founder=OPERATOR, root=ROOT, tool=TOOL)
        return
    from ledger.committer import Committer
    from ledger.store.log import PostgresLog
    from ledger.store.roles import with_options

    clock = StoryClock(to_datetime(begins(filling.day)))
    begin(address, founder=OPERATOR, root=ROOT, tool=TOOL, clock=clock)
    # A commit of the story need not be on the disk: a crash loses its end, and it is told again.
    quick = with_options(address, "-c synchronous_commit=off")
    with (
        PostgresLog(quick, durability=Durability.TEST) as log,
        running(Committer(log, clock=clock)) as committer,
        steps("Writing two years of an invented laboratory", DAYS) as bar,
    ):
        for at in fill(committer, story(filling.seed, filling.day), clock):
            bar.at((to_datetime(at) - to_datetime(begins(filling.day))).days + 1)


@contextmanager
def running(committer: "Committer") -> Generator["Committer"]:
    """The committer works while the block runs."""
    committer.start()
    try:
        yield committer
    finally:
        committer.stop()


def _open(folder: Path, filling: Filling, wishes: Wishes, url: str) -> None:
    """Beside the open doors: import what is to be imported, wait, say the address, prove it."""
    found = wishes.operations
    if found is not None and not filling.is_complete:
        with Client(url, actor=OPERATOR, via=via_of(found)) as client:
            brought = import_operations(client, found)
        if any(one.reply.is_refusal for one in brought):
            raise Ended(REFUSED, f"{found.name} was not imported to its end.")
    keep_filling(folder, replace(filling, is_complete=True))
    with Client(url, actor=OPERATOR, via="allot demo") as client:
        wait_until_read(client)
    if wishes.check:
        try:
            prove(url, lambda words: say(f"ok  {words}"))
        except Disproved as wrong:
            raise Ended(REFUSED, f"not ok  {wrong}") from wrong
    sys.stdout.write(url + "\n")
    sys.stdout.flush()
    if wishes.check:
        raise Ended(DONE)


def _folder(wishes: Wishes, begun: ExitStack) -> Path:
    """Where the demo's data is kept when nobody says where: one folder for each filling."""
    if wishes.check:
        return Path(begun.enter_context(tempfile.TemporaryDirectory(prefix="allot-check-")))
    if wishes.operations is not None:
        return home() / f"demo-{wishes.operations.sha256[:12]}"
    return home() / ("demo-empty" if wishes.empty else "demo")


def _filling(folder: Path, wishes: Wishes) -> Filling:
    """What the folder is filled with: what it was begun with, or what is wished for now."""
    if wishes.operations is not None:
        wished = Filling(sha256=wishes.operations.sha256)
    elif wishes.empty:
        wished = Filling()
    else:
        wished = Filling(seed=_SEED, day=datetime.now(UTC).date())
    begun = read_filling(folder)
    if begun is None:
        keep_filling(folder, wished)
        return wished
    chosen = wishes.empty or wishes.operations is not None
    if chosen and (begun.seed, begun.sha256) != (wished.seed, wished.sha256):
        raise Ended(USAGE, f"{folder} was filled with something else: name another with --data.")
    if begun.sha256 is not None and not begun.is_complete and wishes.operations is None:
        raise Ended(USAGE, f"The import into {folder} was not finished: give --operations again.")
    return begun
