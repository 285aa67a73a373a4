"""What a demo's folder was filled with, so that a second start reuses it or goes on with it."""

from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct


class Filling(Struct, frozen=True, kw_only=True):
    """What fills the ledger: the story of a seed and day, a file's SHA-256, or nothing."""

    seed: int | None = None
    day: date | None = None
    sha256: str | None = None
    is_complete: bool = False


def _path(folder: Path) -> Path:
    return folder / "demo.json"


def read_filling(folder: Path) -> Filling | None:
    """What the folder is filled with, None for a new one."""
    try:
        return msgspec.json.decode(_path(folder).read_bytes(), type=Filling)
    except FileNotFoundError:
        return None


def keep_filling(folder: Path, filling: Filling) -> None:
    """Remember it; a crash leaves the old or the new, never half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = _path(folder).with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(filling))
    fresh.replace(_path(folder))
