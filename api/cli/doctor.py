"""`allot doctor`: look at everything a ledger rests on, and say what would help."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import psycopg
import typer
from msgspec import Struct
from psycopg.rows import class_row

from api.cli.database import ADDRESS, DataOption, database, home
from api.cli.endings import BROKEN, UNREACHABLE, Ended
from api.cli.findings import Finding
from api.cli.options import Form, Output, examples
from api.cli.output import say, show_rows
from api.queries import queries
from ledger.log import Seal
from ledger.seal.sealing import Sealing, WrongSeal
from ledger.store.embedded.binaries import OLDEST_MAJOR, find_binaries
from ledger.store.embedded.refusals import CannotStart
from ledger.store.embedded.server import status
from ledger.store.reading import head, read_after

CLOCK_S_MAX: Final = 5.0
LAG_MAX: Final = 1_000
ROLES: Final = ("allot_follower", "allot_reader", "allot_writer")
_SQL: Final = queries("api.cli", "doctor.sql")

Connection = psycopg.Connection[Any]
Whole = Annotated[
    bool,
    typer.Option("--seal", help="Hash the whole log anew and hold it against its newest seal."),
]
_READ_AT_ONCE: Final = 5_000


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=examples("allot doctor", "allot doctor --data here -o json"))(doctor)


def doctor(*, data: DataOption = None, seal: Whole = False, form: Form = Output.TABLE) -> None:
    """Look at programs, database, settings, roles, tables, tokens, seal, read models and clocks.

    Exit code 0 when all is well, 3 when the database cannot be reached, 4 when the record is
    broken, 1 for anything else that wants a remedy.
    """
    found: list[Finding] = [_programs(os.environ)]
    if not os.environ.get(ADDRESS) and status(data or home()).major is None:
        found.append(
            Finding(check="database", well=False, words=f"none was made in {data or home()} yet",
                    remedy="Run `allot demo`, or `allot init`.", code=UNREACHABLE)
        )  # fmt: skip
    elif found[0].well:
        try:
            with database(data) as address, psycopg.connect(address, autocommit=True) as open_one:
                found += _looked_at(open_one, is_hashing=seal)
        except (psycopg.OperationalError, Ended) as down:
            remedy = f"Start it, or set {ADDRESS} to the address of one that runs."
            found.append(
                Finding(check="database", well=False, words=str(down).strip(), remedy=remedy,
                        code=UNREACHABLE)
            )  # fmt: skip
    _show(found, form)


def _show(found: list[Finding], form: Output) -> None:
    rows = [
        {"check": one.check, "well": "yes" if one.well else "NO", "words": one.words,
         "remedy": one.remedy if not one.well else ""}
        for one in found
    ]  # fmt: skip
    show_rows(rows, form)
    ill = [one for one in found if not one.well]
    if not ill:
        say("All is well.")
        return
    raise Ended(max(one.code for one in ill), f"{len(ill)} of {len(found)} want a remedy.")


def _programs(environ: Mapping[str, str]) -> Finding:
    if environ.get(ADDRESS):
        return Finding(check="programs", well=True, words=f"none needed: {ADDRESS} names a server")
    try:
        chosen = find_binaries(environ)
    except CannotStart as wrong:
        return Finding(check="programs", well=False, words=str(wrong), code=UNREACHABLE)
    words = f"PostgreSQL {chosen.major} ({chosen.origin}) in {chosen.directory}"
    return Finding(check="programs", well=True, words=words)


def _looked_at(connection: Connection, *, is_hashing: bool) -> Iterator[Finding]:
    from api.cli.asking_who import asking_who
    from ledger.store.migrations import WrongSchema
    from ledger.store.migrations import check as check_migrations

    began = datetime.now(UTC)
    with connection.cursor(row_factory=class_row(_Settings)) as cursor:
        settings = cursor.execute(_SQL["settings"]).fetchone()
    if settings is None:
        raise RuntimeError("a SELECT without FROM gave no row")
    yield Finding(check="database", well=True, words=f"answers as PostgreSQL {settings.release}")
    yield from _of_settings(settings, (settings.now - began).total_seconds())
    try:
        check_migrations(connection)
    except WrongSchema as wrong:
        yield Finding(
            check="tables", well=False, words=str(wrong), remedy="Run `allot migrate`.",
            code=UNREACHABLE,
        )  # fmt: skip
        return
    yield Finding(check="tables", well=True, words="as this release needs them")
    yield from _rights(connection)
    yield from asking_who(connection)
    yield from _record(connection, is_hashing=is_hashing)


class _Settings(Struct, frozen=True):
    version: int
    release: str
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    now: datetime


def _of_settings(settings: _Settings, apart: float) -> Iterator[Finding]:
    yield Finding(
        check="version",
        well=settings.version >= OLDEST_MAJOR * 10_000,
        words=f"{settings.release}; {OLDEST_MAJOR} or newer is needed",
        remedy="Upgrade the server.",
    )
    off = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if getattr(settings, name) == "off"
    ]
    yield Finding(
        check="durability",
        well=not off or _is_a_test(),
        words=_words_of_durability(off),
        remedy="Switch them on: what was answered could be lost.",
    )
    yield Finding(
        check="clock",
        well=abs(apart) <= CLOCK_S_MAX,
        words=f"{apart:+.3f} s from this machine's; up to {CLOCK_S_MAX:g} s are allowed",
        remedy="Synchronise both machines by NTP.",
    )


def _words_of_durability(off: list[str]) -> str:
    if not off:
        return "what is answered is on the disk"
    allowed = ", as ALLOT_DURABILITY=test allows" if _is_a_test() else ""
    return f"off: {', '.join(off)}{allowed}"


def _is_a_test() -> bool:
    return os.environ.get("ALLOT_DURABILITY") == "test"


class _Rights(Struct, frozen=True):
    role: str
    is_there: bool
    reads: bool
    adds: bool
    changes: bool
    is_ours: bool


def _rights(connection: Connection) -> Iterator[Finding]:
    with connection.cursor(row_factory=class_row(_Rights)) as cursor:
        roles = cursor.execute(_SQL["rights"], {"roles": list(ROLES)}).fetchall()
    for one in roles:
        adds = one.role == "allot_writer"
        may = [word for word, has in (("read", one.reads), ("add", one.adds)) if has]
        if one.changes:
            may.append("CHANGE")
        words = f"may {' and '.join(may) or 'do nothing'}" if one.is_there else "is not there"
        yield Finding(
            check=f"role {one.role}",
            well=one.reads and one.adds == adds and not one.changes and one.is_ours,
            words=words if one.is_ours or not one.is_there else f"{words}, but not this login",
            remedy="Run `allot migrate` as the owner of the database.",
        )


class _Positions(Struct, frozen=True):
    events: int
    first: int
    last: int


def _record(connection: Connection, *, is_hashing: bool) -> Iterator[Finding]:
    with connection.cursor(row_factory=class_row(_Positions)) as cursor:
        log = cursor.execute(_SQL["positions"]).fetchone()
    if log is None:
        raise RuntimeError("an aggregate gave no row")
    whole = log.first == 1 and log.events == log.last
    yield Finding(
        check="record",
        well=whole,
        words=f"{log.events} events, up to position {log.last}",
        remedy="Events are missing: restore a copy that is whole, and find out who removed them.",
        code=BROKEN,
    )
    if whole and log.last:
        yield _sealed(connection, is_hashing=is_hashing)
    yield Finding(
        check="founded",
        well=log.last > 0,
        words="founded" if log.last else "nobody may decide anything yet",
        remedy="Run `allot init`.",
    )
    yield from _followers(connection)


class _Newest(Seal, frozen=True, kw_only=True):
    head: int


def _sealed(connection: Connection, *, is_hashing: bool) -> Finding:
    with connection.cursor(row_factory=class_row(_Newest)) as cursor:
        newest = cursor.execute(_SQL["seal"]).fetchone()
    if newest is None:
        return _unsealed("the log has no seal")
    try:
        sealing = Sealing(newest)
    except WrongSeal as wrong:
        return _unsealed(str(wrong))
    words = f"up to position {newest.size}, with root {newest.root.hex()}"
    if newest.size != newest.head:
        return _unsealed(f"{words}, and not up to {newest.head}")
    if not is_hashing:
        return Finding(check="seal", well=True, words=words)
    hashed = Sealing()
    while missing := min(sealing.size - hashed.size, _READ_AT_ONCE):
        hashed.take_in(read_after(connection, hashed.size, missing))
    if hashed.root != sealing.root:
        return _unsealed(f"{words}, but the log hashes to {hashed.root.hex()}")
    return Finding(check="seal", well=True, words=f"{words}, to which the log hashes")


def _unsealed(words: str) -> Finding:
    remedy = "Somebody changed the record: restore a copy that is whole, and find out who did."
    return Finding(check="seal", well=False, words=words, remedy=remedy, code=BROKEN)


def _followers(connection: Connection) -> Iterator[Finding]:
    from projections.registry import positions

    newest = head(connection)
    remedy = "Run `allot follow`, or `allot serve` without --no-follower."
    found = positions(connection)
    if not found:
        yield Finding(check="read models", well=False, words="not there yet", remedy=remedy)
    for one in found:
        behind = newest - one.position
        stopped = one.state != "following"
        yield Finding(
            check=f"read model {one.name}",
            well=not stopped and behind <= LAG_MAX,
            words=f"stopped: {one.reason}" if stopped else f"{behind} events behind {newest}",
            remedy=f"Run `allot rebuild {one.name}`." if stopped else remedy,
        )
