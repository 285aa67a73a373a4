"""Counts how often things are looked at: how work grows with what there is, without a clock."""

from collections.abc import Iterable
from typing import Any


class Watched:
    """Another thing, which counts how often any part of it is read."""

    looks = 0
    """Of all that are watched together."""

    def __init__(self, whole: object) -> None:
        object.__setattr__(self, "_whole", whole)

    def __getattr__(self, name: str) -> Any:
        Watched.looks += 1
        return getattr(object.__getattribute__(self, "_whole"), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(object.__getattribute__(self, "_whole"), name, value)


def watched(things: Iterable[object]) -> list[Any]:
    """These things, watched from now on, of which nothing was read yet."""
    Watched.looks = 0
    return [Watched(one) for one in things]
