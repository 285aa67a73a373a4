"""`allot import events`: an export becomes the record of a migrated, unfounded ledger."""

import hashlib
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.agreeing import agree
from api.cli.database import DataOption, ledger_in
from api.cli.endings import BROKEN, REFUSED, UNREACHABLE, USAGE, Ended
from api.cli.options import Yes
from api.cli.output import say, steps
from ledger.log import Batch, Log, LogUnavailable, Receipt
from ledger.seal.sealing import Sealing

if TYPE_CHECKING:
    from api.cli.bundle import Answers, Decided

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
        ledger_in(data) as address,
        PostgresLog(address) as log,
    ):
        told, receipts = _restored(log, text, answers)
    say(f"{told} events and {receipts} answers are restored from {file}.")


def _opened(file: Path) -> BufferedReader:
    try:
        found = file.open("rb")
    except OSError as wrong:
        raise Ended(USAGE, f"{file} cannot be read: {wrong.strerror}") from wrong
    if not found.seekable():
        found.close()
        raise Ended(USAGE, f"{file} cannot be read: a restore needs files, and this is a pipe.")
    return found


def _restored(log: Log, text: BufferedReader, answers: BufferedReader | None) -> tuple[int, int]:
    """Check and store in one transaction; returns how many events and answers were stored."""
    from api.cli.bundle import Answers, Untrue
    from ledger.folding import many_objects

    is_whole = False
    try:
        if log.head():
            raise Ended(REFUSED, _FOUNDED)
        found = None if answers is None else Answers(answers, Path(answers.name).name)
        with many_objects(), log.batch() as batch:
            if batch.catch_up(0):
                raise Ended(REFUSED, _FOUNDED)
            stored = _store(batch, text, found)
            is_whole = True
    except Untrue as wrong:
        raise Ended(BROKEN, f"{wrong}. Nothing was stored.") from wrong
    except LogUnavailable as down:
        fate = "Whether it was stored is unknown, and shows when it is tried again"
        raise Ended(UNREACHABLE, f"{fate if is_whole else 'Nothing was stored'}: {down}") from down
    return stored


def _store(batch: Batch, text: BufferedReader, answers: "Answers | None") -> tuple[int, int]:
    """Store each stretch of events with its answers once both are checked; returns how many.

    The database stores it while the next one is read.
    """
    from api.cli.bundle import guards
    from api.cli.proving import check_events

    name = Path(text.name).name
    sealing = Sealing()
    count = 0
    with steps(f"Restoring {name}", os.fstat(text.fileno()).st_size) as bar:
        checking = check_events(text, name)
        while True:
            try:
                stretch = next(checking)
            except StopIteration as end:
                if answers is not None:
                    answers.end(end.value)
                return end.value.events, count
            if answers is None:
                receipts = guards(stretch.decisions)
            else:
                receipts = _given(answers, stretch.decisions, text)
            batch.append(stretch.events, receipts, sealing.seal(stretch.events))
            count += len(receipts)
            bar.at(text.tell())


def _given(
    answers: "Answers", decisions: "Sequence[Decided]", text: BufferedReader
) -> Sequence[Receipt]:
    """The next answers. That they belong to other events says more than where it shows first."""
    from api.cli.bundle import Untrue

    try:
        return answers.given(decisions)
    except Untrue:
        text.seek(0)
        answers.demand(hashlib.file_digest(text, "sha256").hexdigest())
        raise
