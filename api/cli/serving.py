"""`allot serve` and `allot follow`: the two processes of a running ledger."""

import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.database import ADDRESS, READ_ONLY, DataOption, connection_to, database
from api.cli.endings import INTERRUPTED, REFUSED, UNREACHABLE, USAGE, Ended
from api.cli.options import examples
from api.cli.processes import end_on_sigterm, finish_undisturbed

if TYPE_CHECKING:
    from api.settings import Settings

HOST: Final = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(
        epilog=examples("allot serve --port 8000", "allot serve --no-follower --data here")
    )(serve)
    app.command(epilog=examples("allot follow", "allot follow --data here"))(follow)


def serve(
    *,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65_535, help="0 picks one; left out: ALLOT_PORT or 8000."
        ),
    ] = None,
    data: DataOption = None,
    no_follower: Annotated[
        bool, typer.Option("--no-follower", help="Run `allot follow` elsewhere instead.")
    ] = False,
) -> None:
    """Serve the API and the page; the address goes to stdout once requests are answered.

    The follower runs beside as a process of its own, unless it runs elsewhere.
    """
    from api.serving import serve as serve_doors

    end_on_sigterm()
    with ExitStack() as begun:
        try:
            address = begun.enter_context(database(data))
            settings = settings_of(address, port)
            refuse_taken(settings.host, settings.port)
            refuse_unfit(address)
            serve_doors(settings, with_follower=not no_follower, ready=say_address)
        finally:
            finish_undisturbed()


def settings_of(address: str, port: int | None) -> "Settings":
    """The settings of the environment, with this database and port."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from api.settings import Settings, what_is_wrong

    os.environ[ADDRESS] = address
    if port is not None:
        os.environ["ALLOT_PORT"] = str(port)
    try:
        return Settings()  # pyright: ignore[reportCallIssue]  the environment has the rest
    except ValidationError as wrong:
        raise Ended(USAGE, what_is_wrong(wrong)) from wrong
    except SettingsError as wrong:
        raise Ended(USAGE, f"{wrong}: is it JSON?") from wrong


def say_address(url: str) -> None:
    """Print where the doors are."""
    sys.stdout.write(url + "\n")
    sys.stdout.flush()


def refuse_taken(host: str, port: int) -> None:
    """End before anything is begun when the port belongs to somebody else."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as taken:
        raise Ended(
            USAGE, f"Port {port} of {host} cannot be had: {taken.strerror}. Name another, or 0."
        ) from taken


def refuse_unfit(address: str) -> None:
    """End in words when the database is not one that this release may write to."""
    from ledger.store.embedded.server import Durability, durability_of
    from ledger.store.migrations import WrongSchema, check
    from ledger.store.roles import WRITER, as_role
    from ledger.store.safety import Unsafe, check_durability, check_rights

    try:
        with connection_to(address) as connection:
            check(connection)
        with connection_to(as_role(address, WRITER)) as connection:
            check_rights(connection)
            if durability_of(os.environ) is Durability.FULL:
                check_durability(connection)
    except WrongSchema as wrong:
        raise Ended(UNREACHABLE, f"It cannot be served: {wrong}.") from wrong
    except Unsafe as wrong:
        raise Ended(REFUSED, f"It is not served: {wrong}.") from wrong


def refuse_read_only(address: str) -> None:
    """End in words when nothing can be written: the follower would wait for that in vain."""
    from ledger.store.safety import takes_writes

    with connection_to(address) as connection:
        if not takes_writes(connection):
            raise Ended(UNREACHABLE, f"It cannot be followed: the database {READ_ONLY}")


def follow(*, data: DataOption = None) -> None:
    """Keep the read models up with the log, until told to stop."""
    from api.following import run

    is_ending = threading.Event()
    told: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        is_ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with database(data) as address:
        refuse_unfit(address)
        refuse_read_only(address)
        run(address, is_ending)
    if signal.SIGINT in told:
        raise Ended(INTERRUPTED)
