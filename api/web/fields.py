"""Fields that several forms have."""

from typing import Final, get_args

from api.web.forms import Field
from ledger.vocabulary import ReasonCode

CODES: Final = (("", "no code"), *((one, one.replace("_", " ")) for one in get_args(ReasonCode)))


def words(label: str = "Because", *, is_required: bool = False, says: str = "") -> Field:
    """The field for a reason in words."""
    return Field(name="reason", label=label, kind="words", is_required=is_required, says=says)
