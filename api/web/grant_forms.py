"""The forms about one grant: give it back, move it, lend it, end it otherwise, foretell it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, get_args

from api.web.clocks import short
from api.web.fields import BORROWED, CODES, OVERRIDES, of_units, since, until, words
from api.web.forms import Field, Form, Sent, form
from api.web.record import Record
from api.web.rendering import quantity
from ledger.periods import FOREVER
from ledger.vocabulary import Confidence
from projections.holdings.read import GrantFacts

_CODE: Final = Field(name="reason_code", label="Reason code", kind="choice", choices=CODES)
_WHEN: Final = since("effective_at")


def release_form(record: Record, sent: Sent) -> Form:
    """Give a grant back, or take it away, all or a part."""
    grant, held = _grant(record, sent)
    kinds = (("returned", "its holder gives it back"), ("reclaimed", "it is taken away"))
    fields = (
        _how_much(held),
        Field(name="kind", label="It is so that", kind="one_of", choices=kinds,
              values=("returned",)),
        _WHEN, _CODE, words(says="needed where it is taken away"), OVERRIDES,
    )  # fmt: skip
    return _form(record, "release", "Give it back", grant, fields)


def move_form(record: Record, sent: Sent) -> Form:
    """Move what a grant has to another unit."""
    grant, held = _grant(record, sent)
    fields = (
        _how_much(held), of_units(record, "to", "To the unit"), _WHEN,
        until(*_until(grant)), BORROWED, _CODE, words(is_required=True), OVERRIDES,
    )  # fmt: skip
    return _form(record, "reallocate", "Move it to another unit", grant, fields)


def lend_form(record: Record, sent: Sent) -> Form:
    """Lend what a grant has for a time."""
    grant, held = _grant(record, sent)
    fields = (
        _how_much(held), of_units(record, "to", "To the unit"), _WHEN,
        Field(name="returns_at", label="Back on", kind="date", is_required=True),
        _CODE, words(), OVERRIDES,
    )  # fmt: skip
    return _form(record, "lend", "Lend it for a time", grant, fields)


def end_form(record: Record, sent: Sent) -> Form:
    """Have a grant end later, earlier, or never."""
    grant, _ = _grant(record, sent)
    fields = (
        Field(name="ends_at", label="Ends", kind="date", says="empty: open", values=_until(grant)),
        _CODE, words(says="needed for an earlier end"), OVERRIDES,
    )  # fmt: skip
    return _form(record, "extend", "End it at another time", grant, fields)


def forecast_form(record: Record, sent: Sent) -> Form:
    """Say when a grant is expected back. That binds nobody."""
    grant, held = _grant(record, sent)
    sure = tuple((one, one) for one in get_args(Confidence))
    fields = (
        Field(name="quantity", label="How much", kind="whole", is_required=True,
              values=(str(held),), says="0: no more is expected"),
        Field(name="expected_at", label="Back by", kind="date", is_required=True),
        Field(name="confidence", label="How sure", kind="choice", choices=sure,
              values=("medium",)),
        words(),
    )  # fmt: skip
    return _form(record, "forecast", "Say when it is expected back", grant, fields)


OFFERED: Final[Mapping[str, str]] = {
    "release": "Give it back", "reallocate": "Move it", "lend": "Lend it",
    "extend": "Change its end", "forecast": "Expect it back",
}  # fmt: skip
"""The forms that the page of a grant leads to, in words."""
GRANT_FORMS: Final[Mapping[str, Callable[[Record, Sent], Form]]] = {
    "release": release_form,
    "reallocate": move_form,
    "lend": lend_form,
    "extend": end_form,
    "forecast": forecast_form,
}


def _grant(record: Record, sent: Sent) -> tuple[GrantFacts, int]:
    """The grant that is named, and what it has in hand. Problem 404."""
    grant = record.grant(sent.text("grant"))
    return grant, record.held_by([grant.grant]).get(grant.grant, 0)


def _form(
    record: Record, do: str, title: str, grant: GrantFacts, fields: Sequence[Field]
) -> Form:  # fmt: skip
    unit = record.names.get(grant.unit, grant.unit)
    says = f"{quantity(grant.first)} of {grant.pool} for {unit}"
    fixed = {"grant": grant.grant, "pool": grant.pool}
    return form(do, title, record.position, fixed, fields, says=says)


def _how_much(held: int) -> Field:
    return Field(
        name="quantity", label="How much", kind="whole", is_required=True, values=(str(held),),
        says=f"{quantity(held)} in hand",
    )  # fmt: skip


def _until(grant: GrantFacts) -> tuple[str, ...]:
    return () if grant.end == FOREVER else (short(grant.end),)
