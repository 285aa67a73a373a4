"""The verbs that say an earlier event otherwise: correct, cancel, reschedule."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from api.cli.asking import client_of, give
from api.cli.believed import Believed, Saying, believed
from api.cli.endings import USAGE, Ended
from api.cli.fields import end, instant, whole
from api.cli.options import (
    Overrides,
    examples,
    given,
    moment,
)
from api.cli.rewording import Unfit, reworded
from api.cli.verbs import Said, Terms, unfolded
from api.client import Json

Position = Annotated[
    int, typer.Argument(metavar="POSITION", min=1, help="Of the event, as history shows it.")
]
Quantity = Annotated[str | None, typer.Option("--quantity", metavar="N", help="How many it was.")]
EffectiveAt = Annotated[
    str | None, typer.Option("--effective-at", metavar="TIME", help="When it took effect.")
]
EndsAt = Annotated[str | None, typer.Option("--ends-at", metavar="TIME|open", help="When it ends.")]
Receiver = Annotated[str | None, typer.Option("--unit", metavar="UNIT", help="Who received it.")]
Whole = Annotated[
    str | None,
    typer.Option("--data", metavar="FILE|JSON", help="All that it says, as its topic has it."),
]
Original = Annotated[bool, typer.Option("--original", help="It was right: as it was recorded.")]
Never = Annotated[bool, typer.Option("--never", help="It never happened.")]
Breach = Annotated[
    bool,
    typer.Option(
        "--acknowledge-breach", help="It breaks a limit, and is right: a second person confirms."
    ),
]
_PLANS: Final = ("granted.v1", "released.v1", "reallocated.v1", "capacity-changed.v1")
_AS_CORRECTION: Final = Said(reason_code="correction")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            'allot correct 1042 --quantity 106 --reason "106000 was typed for 106"',
            'allot correct 1042 --never --reason "It was the other pool" --dry-run',
        )
    )(correct)
    app.command(
        epilog=examples(
            "allot cancel 1042", 'allot cancel 1042 --reason "The run goes on" --dry-run'
        )
    )(cancel)
    app.command(
        epilog=examples(
            "allot reschedule 1042 --to 2027-03-01",
            'allot reschedule 1042 --to 2027-03-01 --reason "The run slips" --yes',
        )
    )(reschedule)


@unfolded
def correct(
    position: Position,
    *,
    quantity: Quantity = None,
    effective_at: EffectiveAt = None,
    ends_at: EndsAt = None,
    unit: Receiver = None,
    text: Whole = None,
    original: Original = False,
    never: Never = False,
    acknowledge_breach: Breach = False,
    overrides: Overrides = None,
    said: Said = _AS_CORRECTION,
    terms: Terms,
) -> None:
    """Say what an earlier event should have said: what is left out stays as it is believed now.

    The event itself stays as it was recorded, and so does what the books said before.
    """
    edits = given((("quantity", None if quantity is None else whole(quantity)), ("unit", unit)))
    if ends_at is not None:
        edits["ends_at"] = end(ends_at)
    whole_data = None if text is None else _document(text)
    is_reworded = bool(edits or whole_data is not None or effective_at)
    if is_reworded + original + never != 1 or (edits and whole_data is not None):
        raise Ended(
            USAGE, "Say what it should have said, by options or --data; or --original; or --never."
        )
    found = _read(terms, position)
    now = None if never else found.original
    if is_reworded:
        now = _reworded(found, edits, whole_data, moment(effective_at))
    fields = said.fields()
    fields |= given((("overrides", overrides),))
    if acknowledge_breach:
        fields["acknowledge_breach"] = True
    _say_instead(terms, found, now, fields)


@unfolded
def cancel(
    position: Position,
    *,
    overrides: Overrides = None,
    said: Said,
    terms: Terms,
) -> None:
    """Give up a plan: a release, move, loan, grant or change of capacity that lies ahead."""
    found = _planned(terms, position)
    fields = said.fields()
    _say_instead(terms, found, None, fields | given((("overrides", overrides),)))


@unfolded
def reschedule(
    position: Position,
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="TIME", help="When it is to take effect instead.")
    ],
    overrides: Overrides = None,
    said: Said,
    terms: Terms,
) -> None:
    """Put off, or bring forward, a plan: what lies ahead takes effect at another time."""
    at = instant(to)
    if at <= _now():
        raise Ended(USAGE, f"{at} has gone by: a plan lies ahead.")
    found = _planned(terms, position)
    now = _reworded(found, {}, None, at)
    fields = said.fields()
    _say_instead(terms, found, now, fields | given((("overrides", overrides),)))


def _read(terms: Terms, position: int) -> Believed:
    with client_of(terms.url, terms.actor, "allot") as client:
        return believed(client, position, key=terms.key)


def _planned(terms: Terms, position: int) -> Believed:
    """An event that lies ahead; ends the command for one that does not."""
    found = _read(terms, position)
    said = found.now or found.original
    if found.event.topic not in _PLANS:
        raise Ended(
            USAGE,
            f"Position {position} is {found.event.topic}, which is no plan: correct it instead.",
        )
    if said.effective_at <= _now():
        raise Ended(
            USAGE,
            f"Position {position} took effect at {said.effective_at}. What has happened is"
            f" corrected: allot correct {position}",
        )
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _reworded(
    found: Believed,
    edits: dict[str, Json],
    whole_data: dict[str, Json] | None,
    effective_at: str | None,
) -> Saying:
    """What it says now, or said itself before it was cancelled, with something else in places."""
    base = found.now or found.original
    try:
        told = whole_data or reworded(found.event.topic, base.data, edits)
    except Unfit as why:
        raise Ended(USAGE, f"Position {found.event.position}: {why}") from why
    return Saying(effective_at or base.effective_at, told)


def _say_instead(
    terms: Terms, found: Believed, now: Saying | None, fields: dict[str, Json]
) -> None:  # fmt: skip
    said: Json = None
    if now is not None:
        said = {"effective_at": now.effective_at, "data": now.data}
    fields |= {"corrects": found.event.position, "replacement": said}
    fields |= given((("supersedes", found.supersedes),))
    give("correct", fields, terms)


def _document(text: str) -> dict[str, Json]:
    """A JSON object given as words, or in a file."""
    try:
        content = text if text.lstrip().startswith("{") else Path(text).read_text()
        return msgspec.json.decode(content, type=dict[str, Json])
    except OSError as wrong:
        raise Ended(USAGE, f"{text} cannot be read: {wrong.strerror}") from wrong
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as wrong:
        raise Ended(USAGE, f"--data is no JSON object: {wrong}") from wrong
