"""Which part of the command line has which verb, so that a command imports its own part alone."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

import typer

PARTS: Final[Mapping[str, Sequence[str]]] = {
    "demo": ("demo",),
    "serving": ("serve", "follow"),
    "founding": ("migrate", "init"),
    "doctor": ("doctor",),
    "decisions": ("grant", "release", "reclaim", "reallocate", "note"),
    "lending": ("lend", "extend", "forecast"),
    "requesting": ("request", "amend", "withdraw", "appeal"),
    "queueing": ("decide", "queue", "requests"),
    "deciding": ("split", "budgets", "confirm", "proposals"),
    "delegating": ("delegate", "revoke", "delegations"),
    "pledging": ("pledge", "revise-pledge", "withdraw-pledge", "pledges", "rate", "rates"),
    "correcting": ("correct", "cancel", "reschedule"),
    "doing": ("do",),
    "answers": ("holdings", "capacity", "history", "projections"),
    "books": ("statement", "flows", "diff"),
    "why": ("why",),
    "outlook": ("supply", "due", "forecasts"),
    "planning": ("plan",),
    "importing": ("import",),
    "exporting": ("export",),
    "replaying": ("replay",),
    "rebuilding": ("rebuild",),
    "db": ("db",),
    "tokens": ("tokens",),
}
"""Modules beside this one, in the order of the help, and the verbs that each registers."""


class Part(Protocol):
    """A module with verbs."""

    def register(self, app: typer.Typer) -> None:
        """Add them to the command line."""
        ...


def parts_for(words: Sequence[str]) -> tuple[str, ...]:
    """The part that what was typed asks for; all of them when it names none, as `--help` does."""
    asked = words[0] if words else ""
    found = tuple(part for part, verbs in PARTS.items() if asked in verbs)
    return found or tuple(PARTS)


def imported(part: str) -> Part:
    """The module of a part."""
    return cast("Part", import_module(f"api.cli.{part}"))
