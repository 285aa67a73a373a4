"""`allot import events`: an export becomes the record of a migrated, unfounded ledger."""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from api.cli.asking import agree
from api.cli.database import DataOption, database
from api.cli.endings import BROKEN, REFUSED, UNREACHABLE, USAGE, Ended
from api.cli.options import Yes
from api.cli.output import Steps, say, steps
from ledger.log import Batch, Log, LogUnavailable, Receipt
from ledger.seal.sealing import Sealing

if TYPE_CHECKING:
    from api.cli.bundle import Told

_AT_ONCE: Final = 5_000
_FOUNDED: Final = "The ledger is founded already: restore into an empty one."


def events(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export events` wrote.")],
    *,
    without_receipts: Annotated[
        bool,
        typer.Option("--without-receipts", help="The answers are lost: let no old key be used."),
    ] = False,
    yes: Yes = False,
    data: DataOption = None,
) -> None:
    """Restore an export into a migrated, unfounded ledger: bytes, positions and times are kept.

    Everything is checked before anything is stored, and all of it is stored or nothing. Exit
    code 4 when the files are not what was recorded.
    """
    from api.cli.bundle import answers_of
    from ledger.store.log import PostgresLog

    beside = None if without_receipts else answers_of(file)
    told, receipts = _checked(file, beside)
    if not yes and sys.stdin.isatty():
        agree(f"Store these {told.events} events?")
    with database(data) as address, PostgresLog(address) as log:
        try:
            _store(log, file, told, receipts)
        except LogUnavailable as down:
            raise Ended(UNREACHABLE, f"Nothing was stored: {down}") from down
    say(f"{told.events} events and {len(receipts)} answers are restored from {file}.")


def _checked(file: Path, beside: Path | None) -> tuple["Told", Sequence[Receipt]]:
    """What the files hold; ends the command when they cannot be read or are not sound."""
    from api.cli.bundle import Untrue, check_receipts, guards

    try:
        size = file.stat().st_size
        with file.open("rb") as opened, steps(f"Checking {file.name}", size) as bar:
            told = _told(opened, file.name, bar)
        if beside is None:
            return told, list(guards(told))
        with beside.open("rb") as opened:
            return told, list(check_receipts(opened, beside.name, told))
    except Untrue as wrong:
        raise Ended(BROKEN, f"{wrong}. Nothing was stored.") from wrong
    except OSError as wrong:
        raise Ended(USAGE, f"{wrong.filename} cannot be read: {wrong.strerror}") from wrong


def _told(file: IO[bytes], name: str, bar: Steps) -> "Told":
    from api.cli.bundle import check_events

    checking = check_events(file, name)
    while True:
        try:
            done = next(checking)
        except StopIteration as end:
            return end.value
        if done % 1_000 == 0:
            bar.at(file.tell())


def _store(log: Log, file: Path, told: "Told", receipts: Sequence[Receipt]) -> None:
    from api.cli.bundle import lines

    if log.head():
        raise Ended(REFUSED, _FOUNDED)
    with (
        log.batch() as batch,
        file.open("rb") as opened,
        steps(f"Storing {file.name}", told.events) as bar,
    ):
        if batch.catch_up(0):
            raise Ended(REFUSED, _FOUNDED)
        _append_events(batch, lines(opened, file.name), told, bar)
        for begin in range(0, len(receipts), _AT_ONCE):
            batch.append((), receipts[begin : begin + _AT_ONCE])


def _append_events(batch: Batch, found: Iterator[bytes], told: "Told", bar: Steps) -> None:
    from api.cli.bundle import stored_of

    digest = hashlib.sha256()
    sealing = Sealing()
    done = 0
    while some := list(islice(found, _AT_ONCE)):
        digest.update(b"".join(line + b"\n" for line in some))
        added = [stored_of(line, done + n) for n, line in enumerate(some, start=1)]
        batch.append(added, (), sealing.seal(added))
        done += len(some)
        bar.at(done)
    if digest.hexdigest() != told.sha256:
        raise Ended(BROKEN, "The file changed while it was read. Nothing was stored.")
