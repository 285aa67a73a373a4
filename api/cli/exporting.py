"""`allot export`: the record as files, whole and byte for byte."""

import errno
import hashlib
import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO, Annotated, Any, Final

import psycopg
import typer
from psycopg.rows import class_row

from api.cli.bundle import Cover, answers_of, cover_line, line_of
from api.cli.database import DataOption, connected
from api.cli.endings import UNREACHABLE, USAGE, Ended
from api.cli.options import examples
from api.cli.output import Steps, say, steps
from api.queries import queries
from ledger.log import Receipt
from ledger.store.reading import head, read_after

_SQL: Final = queries("api.cli", "exporting.sql")
_AT_ONCE: Final = 5_000

Connection = psycopg.Connection[Any]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Write the record into files.")
    group.command(
        epilog=examples("allot export events record.jsonl", "allot export events a/b --data here")
    )(events)
    app.add_typer(group, name="export")


def events(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the events go; new.")],
    *,
    data: DataOption = None,
) -> None:
    """Write every event as it is stored, one a line, and the answers given to keys beside it.

    FILE.jsonl has FILE.receipts.jsonl beside it. Both show one moment of the log; `allot import
    events` restores them. Tokens are not among them.
    """
    beside = answers_of(file)
    for one in (file, beside):
        if os.path.exists(one):  # noqa: PTH110  one that is too long for the disk is told below
            raise Ended(USAGE, f"{one} exists already: name a new file.")
    with connected(data) as connection, _one_moment(connection):
        count = head(connection)
        if count == 0:
            raise Ended(UNREACHABLE, "The ledger has no founder yet: there is nothing to export.")
        with _whole(file, beside) as (events_file, receipts_file):
            with steps(f"Exporting to {file.name}", count) as bar:
                sha256 = _write_events(connection, events_file, bar)
            receipts = _write_receipts(connection, receipts_file, count, sha256)
    say(f"{count} events in {file} (SHA-256 {sha256}), {receipts} answers in {beside}.")


@contextmanager
def _one_moment(connection: Connection) -> Generator[None]:
    """While it lasts, everything that is read is from one moment."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        yield


@contextmanager
def _whole(*paths: Path) -> Generator[Sequence[IO[bytes]]]:
    """Files that are there when all of them are whole and on the disk, and not before."""
    # Of a name of its own: another export to the same files must not write into these.
    own = token_hex(4)
    making = [path.with_name(f"{path.name}.{own}.making") for path in paths]
    try:
        with ExitStack() as opened:
            files = [opened.enter_context(_begun(*one)) for one in zip(making, paths, strict=True)]
            yield files
            for file in files:
                file.flush()
                os.fsync(file.fileno())
        _put_in_place([*zip(making, paths, strict=True)])
    except OSError as wrong:
        said = f"{paths[0]} cannot be written: {wrong.strerror}. Nothing was exported."
        raise Ended(UNREACHABLE, said) from wrong
    finally:
        for one in making:
            if os.path.lexists(one):  # one that is too long for the disk never is
                one.unlink()


def _begun(making: Path, path: Path) -> IO[bytes]:
    try:
        return making.open("xb")
    except OSError as wrong:
        raise Ended(USAGE, f"{path} cannot be written: {wrong.strerror}") from wrong


def _put_in_place(made: Sequence[tuple[Path, Path]]) -> None:
    """Give whole files their names, all or none, and never one that is taken."""
    placed: list[Path] = []
    try:
        # Whoever waits for the first finds the others beside it.
        for one, path in reversed(made):
            _name(one, path)
            placed.append(path)
    except FileExistsError as taken:
        for path in placed:
            path.unlink()
        said = f"{taken.filename2} exists already: name a new file. Nothing was exported."
        raise Ended(USAGE, said) from taken


def _name(one: Path, path: Path) -> None:
    try:
        path.hardlink_to(one)
    except FileExistsError:
        raise
    except OSError:
        # A disk that knows no second names; what is there by now is still not overwritten.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "File exists", str(one), None, str(path)) from None
        one.rename(path)


def _write_events(connection: Connection, file: IO[bytes], bar: Steps) -> str:
    """Write the stored bytes; returns their SHA-256."""
    digest = hashlib.sha256()
    done = 0
    while found := read_after(connection, done, _AT_ONCE):
        text = b"".join(one.stored + b"\n" for one in found)
        digest.update(text)
        file.write(text)
        done = found[-1].position
        bar.at(done)
    return digest.hexdigest()


def _write_receipts(connection: Connection, file: IO[bytes], events: int, sha256: str) -> int:
    found = connection.execute(_SQL["count_receipts"]).fetchone()
    count = 0 if found is None else int(found[0])
    file.write(cover_line(Cover(events=events, sha256=sha256, receipts=count)) + b"\n")
    with connection.cursor("receipts", binary=True, row_factory=class_row(Receipt)) as cursor:
        cursor.itersize = _AT_ONCE
        for receipt in cursor.execute(_SQL["receipts"]):
            file.write(line_of(receipt) + b"\n")
    return count
