"""The links that a decision carries: somebody's words, of which web addresses alone lead on."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

SCHEMES: Final = ("http", "https")


class Ref(Struct, frozen=True, kw_only=True):
    """One link as it was written; `href` is None where it is shown as text alone."""

    text: str
    href: str | None


def refs_of(texts: Iterable[str]) -> tuple[Ref, ...]:
    """Links as a page shows them, in the order given."""
    return tuple(Ref(text=text, href=text if is_address(text) else None) for text in texts)


def is_address(text: str) -> bool:
    """Whether a text is an address of the web: http or https, a host, and nothing that bends it.

    A browser takes a backslash for a slash and leaves out what is blank; so what it would open is
    not what is read here.
    """
    if "\\" in text or any(letter.isspace() for letter in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in SCHEMES and bool(parts.hostname)
    except ValueError:
        return False
