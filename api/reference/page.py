"""The page /docs: openapi.json written out for people, without a script or a foreign address."""

from importlib.resources import files
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.reference.schemas import Json

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "same-origin",
}
STYLE: Final = (files("api.reference") / "page.css").read_bytes()
_METHODS: Final = ("get", "post")


def render(document: Json) -> str:
    """The document as one page of HTML."""
    environment = Environment(
        loader=PackageLoader("api.reference", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    return environment.get_template("page.html").render(document=document, methods=_METHODS)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
