"""`allot import events`: an export becomes the record of a migrated, unfounded ledger."""

import os
import sys
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from api.cli.asking import agree
from api.cli.database import DataOption, database
from api.cli.endings import BROKEN, REFUSED, UNREACHABLE, USAGE, Ended
from api.cli.options import Yes
from api.cli.output import say, steps
from ledger.log import Batch, Log, LogUnavailable
from ledger.seal.sealing import Sealing

if TYPE_CHECKING:
    from api.cli.bundle import Told

_AT_ONCE: Final = 200
"""Answers, which a socket takes at once: the database stores them while the next are checked."""
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

    Everything is checked, and all of it is stored or nothing. Exit code 4 when the files are not
    what was recorded.
    """
    from api.cli.bundle import answers_of
    from ledger.store.log import PostgresLog

    if not yes and sys.stdin.isatty():
        agree(f"Store what {file} holds?")
    with (
        _opened(file) as text,
        nullcontext() if without_receipts else _opened(answers_of(file)) as answers,
        database(data) as address,
        PostgresLog(address) as log,
    ):
        told, receipts = _restored(log, text, answers)
    say(f"{told} events and {receipts} answers are restored from {file}.")


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as wrong:
        raise Ended(USAGE, f"{file} cannot be read: {wrong.strerror}") from wrong


def _restored(log: Log, text: BinaryIO, answers: BinaryIO | None) -> tuple[int, int]:
    """Check and store in one transaction; returns how many events and answers were stored."""
    from api.cli.bundle import Untrue
    from ledger.folding import many_objects

    is_whole = False
    try:
        if log.head():
            raise Ended(REFUSED, _FOUNDED)
        with many_objects(), log.batch() as batch:
            if batch.catch_up(0):
                raise Ended(REFUSED, _FOUNDED)
            told = _store_events(batch, text)
            receipts = _store_answers(batch, answers, told)
            is_whole = True
    except Untrue as wrong:
        raise Ended(BROKEN, f"{wrong}. Nothing was stored.") from wrong
    except LogUnavailable as down:
        fate = "Whether it was stored is unknown, and shows when it is tried again"
        raise Ended(UNREACHABLE, f"{fate if is_whole else 'Nothing was stored'}: {down}") from down
    return told.events, receipts


def _store_events(batch: Batch, text: BinaryIO) -> "Told":
    """Store each stretch of events once it is checked, while the next one is read."""
    from api.cli.proving import check_events

    name = Path(text.name).name
    sealing = Sealing()
    with steps(f"Restoring {name}", os.fstat(text.fileno()).st_size) as bar:
        checking = check_events(text, name)
        while True:
            try:
                stretch = next(checking)
            except StopIteration as end:
                return end.value
            batch.append(stretch, (), sealing.seal(stretch))
            bar.at(text.tell())


def _store_answers(batch: Batch, answers: BinaryIO | None, told: "Told") -> int:
    from api.cli.bundle import check_receipts, guards

    found = (
        guards(told) if answers is None else check_receipts(answers, Path(answers.name).name, told)
    )
    done = 0
    with steps("Restoring the answers", len(told.decisions)) as bar:
        while some := list(islice(found, _AT_ONCE)):
            batch.append((), some)
            done += len(some)
            bar.at(done)
    return done
