"""What is typed into the rows of a split, as the shares that a program would send."""

from typing import Final

from api.problems import invalid
from api.web.forms import WAS, Sent

SHARE: Final[tuple[str, ...]] = ("floor", "amount", "cap")
"""The fields of a unit's share, in the order in which they stood."""


def shares(sent: Sent) -> list[dict[str, object]]:
    """The shares that are changed. Problem 422 when none is, or for what cannot be read."""
    changed = [_share(sent, unit) for unit in sent.names(WAS) if _is_split_anew(sent, unit)]
    if not changed:
        raise invalid("Nothing is changed: every share is what it was.")
    return changed


def _share(sent: Sent, unit: str) -> dict[str, object]:
    amount = sent.text(f"amount:{unit}")
    share: dict[str, int] = {}
    for name in SHARE:
        if name == "amount" and amount.endswith("%"):
            share["percent_bp"] = _basis_points(unit, amount)
            continue
        quantity = sent.whole(f"{name}:{unit}", f"The {name} of {unit}")
        if quantity is not None:
            share[name] = quantity
    if "percent_bp" in share and len(share) > 1:
        raise invalid(
            f"{unit}: empty floor and cap, or give a number. A percentage stands alone in its row.",
            parameter=f"amount:{unit}",
        )
    given = [share[name] for name in SHARE if name in share]
    if given != sorted(given):
        raise invalid(
            f"{unit}: the floor is at most the amount, and that at most the cap.",
            parameter=f"amount:{unit}",
        )
    return {"unit": unit, **share}


def _basis_points(unit: str, text: str) -> int:
    """Hundredths of a percent, exactly: `12.5%` is 1250."""
    whole, _, part = text[:-1].strip().partition(".")
    if not (whole.isascii() and whole.isdecimal() and len(whole) <= 3 and len(part) <= 2):
        whole = ""
    if not whole or (part and not (part.isascii() and part.isdecimal())):
        raise invalid(
            f"The amount of {unit} is a whole number or a percentage such as 12.5%.",
            parameter=f"amount:{unit}",
        )
    points = int(whole) * 100 + int(part.ljust(2, "0") or "0")
    if points > 100_00:
        raise invalid(f"The amount of {unit} is at most 100%.", parameter=f"amount:{unit}")
    return points


def _is_split_anew(sent: Sent, unit: str) -> bool:
    typed = "/".join(sent.text(f"{name}:{unit}") for name in SHARE)
    return typed != sent.text(f"{WAS}{unit}")
