"""The verbs that look ahead: supply, due, forecasts."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
import typer
from msgspec import Struct

from api.cli.asking import client_of, refuse
from api.cli.catching_up import catch_up
from api.cli.listing import reflects, show_list
from api.cli.options import (
    From,
    KnownAt,
    Output,
    PoolOption,
    UnderOption,
    Until,
    examples,
    moment,
)
from api.cli.output import Row, say, show_document, show_rows
from api.cli.verbs import View, unfolded


class Cause(Struct, frozen=True, kw_only=True):
    """What changes what is free: `quantity` is signed."""

    kind: str
    quantity: int
    unit: str | None = None
    position: int

    def __str__(self) -> str:
        """Say it in words for a table."""
        of = f" of {self.unit}" if self.unit else ""
        return f"{self.quantity:+} {self.kind.replace('_', ' ')}{of} ({self.position})"


class Step(Struct, frozen=True, kw_only=True):
    """What is free, or short, from an instant on."""

    at: str
    free: int
    short: int
    grantable: int
    causes: Sequence[Cause]


class Supply(Struct, frozen=True, kw_only=True):
    """The three curves of a pool."""

    position: int
    known_at: int
    certain: Sequence[Step]
    likely: Sequence[Step]
    possible: Sequence[Step]


_CURVES: Final = ("certain", "likely", "possible")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            "allot supply phoenix/h100 --until 2027-04-01",
            "allot supply phoenix/h100 --from 2027-01-01 --known-at 1042 -o csv",
        )
    )(supply)
    app.command(
        epilog=examples(
            "allot due", "allot due --pool phoenix/h100 --under research --until 2027-04-01 -o csv"
        )
    )(due)
    app.command(
        epilog=examples(
            "allot forecasts --pool phoenix/h100",
            "allot forecasts --under research --until 2027-04-01 -o jsonl",
        )
    )(forecasts)


@unfolded
def supply(
    pool: Annotated[str, typer.Argument(metavar="POOL", help="The pool, e.g. phoenix/h100.")],
    *,
    since: From = None,
    until: Until = None,
    known_at: KnownAt = None,
    view: View,
) -> None:
    """Show what comes free of a pool, when and why: for certain, likely, possibly.

    `free` is certain; `grantable` is what can be promised until the end of what is shown.
    """
    params = {
        "pool": pool, "from": moment(since), "until": moment(until), "known_at": moment(known_at),
    }  # fmt: skip
    with client_of(view.url, view.actor, "allot") as client:
        catch_up(client)
        reply = client.get("/v1/supply", params)
    if reply.is_refusal:
        refuse(reply, view.form)
    if view.form is Output.JSON:
        show_document(reply.body)
        return
    found = reply.read(Supply)
    curves = {"certain": found.certain, "likely": found.likely, "possible": found.possible}
    if view.form is Output.TABLE:
        show_rows(
            merged(curves), view.form, ("at", "free", "short", "grantable", "likely", "possible")
        )
    else:
        rows: list[Row] = [
            {"curve": name, **_row(step)} for name, curve in curves.items() for step in curve
        ]
        show_rows(rows, view.form, ("curve", "at", "free", "short", "grantable", "causes"))
    say(reflects((("position", found.position), ("known_at", found.known_at))))


@unfolded
def due(
    *,
    pool: PoolOption = None,
    under: UnderOption = None,
    since: From = None,
    until: Until = None,
    known_at: KnownAt = None,
    view: View,
) -> None:
    """Show what falls due by itself: starts, ends, scheduled steps, forecasts, what lapses."""
    params = {
        "pool": pool, "under": under, "from": moment(since), "until": moment(until),
        "known_at": moment(known_at),
    }  # fmt: skip
    columns = ("at", "kind", "pool", "unit", "quantity", "sentence", "position")
    show_list("/v1/due", params, columns, view=view, only=True)


@unfolded
def forecasts(
    *,
    pool: PoolOption = None,
    under: UnderOption = None,
    until: Until = None,
    known_at: KnownAt = None,
    view: View,
) -> None:
    """Show who is about to give back: what was said, how sure, and how late they tend to be."""
    params = {
        "pool": pool, "under": under, "until": moment(until), "known_at": moment(known_at),
    }  # fmt: skip
    columns = ("pool", "unit", "grant", "confidence", "slip_days", "revised", "expected")
    shown = {"expected": _expected}
    show_list("/v1/forecasts", params, columns, view=view, only=True, shown=shown)


def merged(curves: Mapping[str, Sequence[Step]]) -> list[Row]:
    """One row for each instant at which any of the curves changes."""
    at = sorted({step.at for curve in curves.values() for step in curve})
    rows: list[Row] = []
    for instant in at:
        found = {name: _in_force(curves[name], instant) for name in _CURVES}
        certain, likely, possible = (found[name] for name in _CURVES)
        causes = dict.fromkeys(
            str(cause)
            for step in found.values()
            if step is not None and step.at == instant
            for cause in step.causes
        )
        rows.append(
            {
                "at": instant,
                "free": None if certain is None else certain.free,
                "short": None if certain is None else certain.short,
                "grantable": None if certain is None else certain.grantable,
                "likely": None if likely is None else likely.free,
                "possible": None if possible is None else possible.free,
                "causes": ", ".join(causes),
            }
        )
    return rows


def _in_force(curve: Sequence[Step], at: str) -> Step | None:
    """The last step of a curve by an instant; times as the API writes them compare as text."""
    return next((step for step in reversed(curve) if step.at <= at), None)


def _row(step: Step) -> Row:
    return {
        "at": step.at,
        "free": step.free,
        "short": step.short,
        "grantable": step.grantable,
        "causes": "; ".join(map(str, step.causes)),
    }


class _Expected(Struct, frozen=True):
    quantity: int
    expected_at: str


def _expected(steps: object) -> str:
    told = msgspec.convert(steps, list[_Expected])
    return ", ".join(f"{step.quantity} by {step.expected_at}" for step in told)
