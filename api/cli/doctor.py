"""`allot doctor`: look at everything a ledger rests on, and say what would help."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import psycopg
import typer
from msgspec import Struct
from psycopg.rows import class_row

from api.cli.database import ADDRESS, WHO, DataOption, database, home
from api.cli.doctor_of_record import record
from api.cli.endings import BROKEN, UNREACHABLE, Ended
from api.cli.findings import Finding
from api.cli.options import Form, Output, examples
from api.cli.output import say, show_rows
from api.queries import queries
from ledger.store.embedded.binaries import OLDEST_MAJOR, find_binaries
from ledger.store.embedded.refusals import CannotStart
from ledger.store.embedded.server import status

CLOCK_S_MAX: Final = 5.0
ROLES: Final = ("allot_follower", "allot_reader", "allot_writer")
_SQL: Final = queries("api.cli", "doctor.sql")

Connection = psycopg.Connection[Any]
Whole = Annotated[
    bool,
    typer.Option("--seal", help="Hash the whole log anew and hold it against its newest seal."),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=examples("allot doctor", "allot doctor --data here -o json"))(doctor)


def doctor(*, data: DataOption = None, seal: Whole = False, form: Form = Output.TABLE) -> None:
    """Look at programs, database, settings, roles, tables, tokens, seal, read models and clocks.

    Exit code 0 when all is well, 3 when the database cannot be reached, 4 when the record is
    broken, 1 for anything else that wants a remedy.
    """
    found: list[Finding] = [_programs(os.environ)]
    of_our_own = None if os.environ.get(ADDRESS) else status(data or home())
    # Where the server runs for this look alone, nobody can follow.
    is_used = of_our_own is None or of_our_own.running
    if of_our_own is not None and of_our_own.major is None:
        found.append(
            Finding(check="database", well=False, words=f"none was made in {data or home()} yet",
                    remedy="Run `allot demo`, or `allot init`.", code=UNREACHABLE)
        )  # fmt: skip
    elif found[0].well:
        try:
            with database(data) as address, psycopg.connect(address, autocommit=True) as open_one:
                found += _looked_at(open_one, is_hashing=seal, is_used=is_used)
        except (psycopg.OperationalError, psycopg.ProgrammingError, Ended) as down:
            # What is said of an address may quote a part of it, and so of a password.
            is_address = isinstance(down, psycopg.ProgrammingError) and down.sqlstate is None
            said = f"{ADDRESS} is not the address of a database" if is_address else str(down)
            remedy = f"Start it, or set {ADDRESS} to the address of one that runs."
            if isinstance(down, psycopg.errors.InsufficientPrivilege):
                remedy = WHO
            found.append(
                Finding(check="database", well=False, words=said.strip(), remedy=remedy,
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


def _looked_at(connection: Connection, *, is_hashing: bool, is_used: bool) -> Iterator[Finding]:
    from api.cli.asking_who import asking_who
    from ledger.store.migrations import NotMigrated, WrongSchema
    from ledger.store.migrations import check as check_migrations
    from ledger.store.safety import takes_writes

    began = datetime.now(UTC)
    with connection.cursor(row_factory=class_row(_Settings)) as cursor:
        settings = cursor.execute(_SQL["settings"]).fetchone()
    if settings is None:
        raise RuntimeError("a SELECT without FROM gave no row")
    yield Finding(check="database", well=True, words=f"answers as PostgreSQL {settings.release}")
    yield from _of_settings(settings, (settings.now - began).total_seconds())
    is_written = takes_writes(connection)
    yield Finding(
        check="writing", well=is_written,
        words="decisions can be recorded" if is_written else "the database takes only reads",
        remedy=f"If it is a standby, let {ADDRESS} name the server that it follows.",
    )  # fmt: skip
    try:
        check_migrations(connection)
    except WrongSchema as wrong:
        lacks = isinstance(wrong, NotMigrated)
        yield Finding(
            check="tables", well=False, words=str(wrong),
            remedy="Run `allot migrate`." if lacks else "Install the release that migrated it.",
            code=UNREACHABLE,
        )  # fmt: skip
        return
    kept = _kept(connection)
    yield kept
    if not kept.well and kept.code == BROKEN:
        return
    yield from _rights(connection)
    yield from asking_who(connection)
    # A standby does not show who feeds the tables of the server that it follows.
    yield from record(connection, is_hashing=is_hashing, is_fed_here=is_used and is_written)


class _Kept(Struct, frozen=True):
    gone: list[str]
    off: list[str]


def _kept(connection: Connection) -> Finding:
    """Whether the tables of the record are there, and guard themselves."""
    with connection.cursor(row_factory=class_row(_Kept)) as cursor:
        found = cursor.execute(_SQL["kept"]).fetchone() or _Kept([], [])
    if found.gone:
        return Finding(
            check="tables", well=False, words=f"{', '.join(found.gone)}: not there", code=BROKEN,
            remedy="Restore a copy that is whole, and find out who removed them.",
        )  # fmt: skip
    off = f"switched off: {', '.join(found.off)}"
    return Finding(
        check="tables", well=not found.off,
        words=off if found.off else "as this release needs them",
        remedy="ALTER TABLE ... ENABLE TRIGGER ALL; then look with --seal.",
    )  # fmt: skip


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
    is_ours: bool


def _rights(connection: Connection) -> Iterator[Finding]:
    from ledger.store.safety import rights

    changing = rights(connection)
    with connection.cursor(row_factory=class_row(_Rights)) as cursor:
        roles = cursor.execute(_SQL["rights"], {"roles": list(ROLES)}).fetchall()
    for one in roles:
        adds = one.role == "allot_writer"
        may = [word for word, has in (("read", one.reads), ("add", one.adds)) if has]
        is_changing = one.role in changing
        if is_changing:
            may.append("CHANGE")
        words = f"may {' and '.join(may) or 'do nothing'}" if one.is_there else "is not there"
        yield Finding(
            check=f"role {one.role}",
            well=one.reads and one.adds == adds and not is_changing and one.is_ours,
            words=words if one.is_ours or not one.is_there else f"{words}, but not this login",
            remedy=f"Take it away again: REVOKE the right from {one.role}."
            if is_changing
            else "Run `allot migrate` as the owner of the database.",
        )
