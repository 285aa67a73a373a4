"""Styles, scripts and what is vendored: read once from the package, served under their hash."""

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from msgspec import Struct

MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Asset(Struct, frozen=True, kw_only=True):
    """One file as it is sent, and the hash that stands in its address."""

    content: bytes
    media_type: str
    digest: str


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


ASSETS: Final = {
    name: Asset(
        content=content,
        media_type=MEDIA_TYPES[name.rsplit(".", 1)[-1]],
        digest=hashlib.sha256(content).hexdigest()[:16],
    )
    for name, content in _walk(files("api.web") / "static")
    if name.rsplit(".", 1)[-1] in MEDIA_TYPES
}
"""Every file that a page may ask for, by its path under /static/."""


def asset(name: str) -> str:
    """The address of a file, which changes with its content."""
    return f"/static/{name}?v={ASSETS[name].digest}"
