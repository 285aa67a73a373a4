"""Fields that several forms have."""

from collections.abc import Sequence
from typing import Final, get_args

from api.web.forms import Field
from api.web.record import Record
from ledger.vocabulary import ReasonCode

CODES: Final = (("", "no code"), *((one, one.replace("_", " ")) for one in get_args(ReasonCode)))
BORROWED: Final = Field(
    name="borrowed", label="Class", kind="some_of",
    choices=(("yes", "borrowed: beyond the budget, first to go"),),
)  # fmt: skip

OVERRIDES: Final = Field(
    name="overrides", label="Although", kind="some_of",
    choices=(("notice", "it comes sooner than notice allows"),
             ("floor", "it leaves less than a floor keeps")),
)  # fmt: skip


def words(label: str = "Because", *, is_required: bool = False, says: str = "") -> Field:
    """The field for a reason in words."""
    return Field(name="reason", label=label, kind="words", is_required=is_required, says=says)


def since(name: str = "starts_at") -> Field:
    """The field for the instant from which something holds."""
    return Field(name=name, label="From", kind="date", says="empty: now")


def until(*values: str) -> Field:
    """The field for the end of a period."""
    return Field(name="ends_at", label="Until", kind="date", says="empty: open", values=values)


def of_units(record: Record, name: str, label: str) -> Field:
    """The field for a unit that has to be named, with those that there are to choose from."""
    units = sorted((node.unit, node.name) for node in record.tree.nodes.values())
    return Field(name=name, label=label, choices=tuple(units), is_required=True)


def pools_open(record: Record, also: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """The pools to choose from: those that are open, and those named besides."""
    return tuple(
        (one.pool, one.pool) for one in record.pools if one.closed_at is None or one.pool in also
    )
