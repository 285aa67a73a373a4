"""`allot migrate` and `allot init`: the tables of a ledger, and its first decision."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from api.cli.database import DataOption, connection_to, database
from api.cli.endings import REFUSED, UNREACHABLE, USAGE, Ended
from api.cli.options import examples
from api.cli.output import say
from api.cli.rebuilding import make_current
from ledger.clocks import Clock, system_clock
from ledger.facts import Via
from ledger.log import LogUnavailable
from ledger.quantities import UnitId
from ledger.refusals import ClockUnsure
from ledger.terms import Text, person

FOUNDER: Final = "ALLOT_FOUNDER"
ROOT: Final = "ALLOT_ROOT"
BACKDATE_DAYS: Final = 7


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(
        epilog=examples("allot migrate --data here", "allot migrate --roles-only"),
    )(migrate)
    app.command(
        epilog=examples(
            "allot init --founder kim@example.org --root lab",
            "allot init --founder kim@example.org --root lab --backdate-days 14 --data here",
        )
    )(init)


def migrate(
    *,
    roles_only: Annotated[
        bool, typer.Option("--roles-only", help="Make the server's roles alone: before pg_restore.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Make or renew the tables; at every start is fine, and what is up to date stays as it is.

    Read models whose form is another release's are made anew from the log.
    With ALLOT_FOUNDER and ALLOT_ROOT an empty ledger is founded as well, as by `allot init`.
    """
    if roles_only:
        _make_roles(data)
        return
    founder, root = os.environ.get(FOUNDER), os.environ.get(ROOT)
    if bool(founder) != bool(root):
        raise Ended(USAGE, f"To found the ledger {FOUNDER} and {ROOT} are both needed.")
    with database(data) as address:
        applied = prepare(address)
        say(f"Applied {', '.join(applied)}." if applied else "Up to date.")
        if founder and root and begin(address, founder=founder, root=root, tool="allot migrate"):
            say(f"Founded: {founder} decides over {root}.")


def _make_roles(data: Path | None) -> None:
    from ledger.store.migrations import make_roles

    with database(data) as address, connection_to(address) as connection:
        make_roles(connection)
    say("The roles are there, and nothing else was made.")


def init(
    *,
    founder: Annotated[
        str, typer.Option("--founder", metavar="PERSON", help="Who may do everything at first.")
    ],
    root: Annotated[
        str, typer.Option("--root", metavar="NAME", help="The unit that everybody belongs to.")
    ],
    backdate_days: Annotated[
        int,
        typer.Option(
            "--backdate-days",
            metavar="N",
            min=0,
            max=36_500,
            help="How far back is still ordinary.",
        ),
    ] = BACKDATE_DAYS,
    data: DataOption = None,
) -> None:
    """Found a ledger: its root unit, the founder's authority, the first rules. Once."""
    with database(data) as address:
        prepare(address)
        head = begin(address, founder=founder, root=root, backdate_days=backdate_days)
        if head is None:
            raise Ended(REFUSED, "The ledger is founded already; nothing was done.")
    say(f"Founded: {founder} decides over {root}. The log stands at position {head}.")


def prepare(address: str) -> list[str]:
    """Make or renew the tables of the log and of the read models; returns what was done."""
    from ledger.store.migrations import WrongSchema
    from ledger.store.migrations import migrate as migrate_log

    with connection_to(address) as connection:
        try:
            applied = migrate_log(connection)
        except WrongSchema as wrong:
            raise Ended(REFUSED, f"Nothing was migrated: {wrong}.") from wrong
    return [*applied, *(f"{name} anew" for name in make_current(address))]


def begin(
    address: str,
    *,
    founder: str,
    root: str,
    backdate_days: int = BACKDATE_DAYS,
    tool: str = "allot init",
    clock: Clock = system_clock,
) -> int | None:
    """Found the ledger (domain, rule 6); returns the head, None when it was founded before."""
    from ledger.decide.founding import found as founding
    from ledger.founding import AlreadyFounded, found
    from ledger.store.log import PostgresLog

    founder = _founder_of(founder, root)
    decided = partial(
        founding, founder=founder, root=root, backdate_days=backdate_days, via=Via(tool=tool)
    )
    try:
        with PostgresLog(address) as log:
            return found(log, decided, clock=clock)
    except AlreadyFounded:
        return None
    except ClockUnsure as unsure:
        raise Ended(UNREACHABLE, f"Nothing was founded: {unsure.detail}.") from unsure
    except LogUnavailable as down:
        raise Ended(UNREACHABLE, f"The database failed: {down}") from down


def _founder_of(founder: str, root: str) -> str:
    """The founder as the record keeps a person; ends the command when a name cannot stand in it."""
    _demand(root, UnitId, "root")
    _demand(founder, Text, "founder")
    try:
        return person(founder, "founder")
    except ValueError as wrong:
        raise Ended(USAGE, f"Nothing was founded: {wrong}.") from wrong


def _demand(text: str, kind: object, what: str) -> None:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError as wrong:
        from api.decisions.expecting import explained

        why = explained(text, str(wrong), "", kind)
        raise Ended(USAGE, f"Nothing was founded: {what} {text!r}: {why}.") from wrong
