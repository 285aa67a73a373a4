"""Templates, and how quantities, instants and words look on a page."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from api.web.assets import asset
from api.web.clocks import MINUS
from ledger.periods import FOREVER, Instant

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\.\d{6}Z")
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "same-origin",
}


def quantity(count: int) -> str:
    """Whole units with their thousands apart."""
    return f"{count:,}" if count >= 0 else f"{MINUS}{-count:,}"


def signed(count: int) -> str:
    """A change: with its sign, nothing as 0."""
    return f"+{count:,}" if count > 0 else quantity(count)


@lru_cache(maxsize=4096)
def moment(instant: Instant | None) -> Markup:
    """An instant to the minute, or the date alone at midnight; all of it on hovering.

    Kept, since the tables of a page's charts tell of the same instants.
    """
    if instant is None or instant == FOREVER:
        return Markup('<span class="soft">open</span>')
    time = "" if instant[11:19] == "00:00:00" else f" {instant[11:16]}"
    return Markup('<time datetime="{0}" title="{0}"><span>{1}</span>{2}</time>').format(
        instant, instant[:10], time
    )


def day(instant: Instant) -> Markup:
    """The date of an instant."""
    return Markup('<time datetime="{0}">{0}</time>').format(instant[:10])


def plain(sentence: str) -> str:
    """A sentence of the ledger with its instants to the minute, as people say them."""
    return _INSTANT.sub(lambda found: f"{found[1]} {found[2]}".removesuffix(" 00:00"), sentence)


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").replace("-", " ")


def address(path: str, parameters: Mapping[str, object]) -> str:
    """A path with its query; parameters that are None are left out."""
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given, quote_via=quote, safe='/:')}" if given else path


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        asset=asset,
        quantity=quantity,
        signed=signed,
        moment=moment,
        day=day,
        words=words,
        plain=plain,
    )
    environment.policies["json.dumps_function"] = _json
    environment.policies["json.dumps_kwargs"] = {}
    return environment


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


TEMPLATES: Final = _environment()
