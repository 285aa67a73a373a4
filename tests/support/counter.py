"""A pool as a child would keep it: a heap of units, and who has how many. Nothing is dated.

The sequential object against which small histories are searched; it knows no positions.
"""

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from tests.support.linear import Operation
from tests.support.looks import Look, Page
from tests.support.people import Asked, Told

Held = tuple[tuple[str, int], ...]
"""Who holds how many, by name; who holds none is not in it."""
Answered = bool | Held


class Act(Struct, frozen=True, kw_only=True):
    """Take some from the heap (`to`), give some back (`source`), pass some on (both), or look."""

    source: str | None = None
    to: str | None = None
    quantity: int = 0


Happening = Operation[Act, Answered]


def counting(capacity: int) -> Callable[[Held, Act], tuple[Held, Answered]]:
    """The pool of so many units: yes or no to whoever wants some, and to who looks, the list."""

    def apply(held: Held, act: Act) -> tuple[Held, Answered]:
        if act.source is None and act.to is None:
            return held, held
        now = dict(held)
        if act.source is not None:
            if now.get(act.source, 0) < act.quantity:
                return held, False
            now[act.source] -= act.quantity
        elif sum(now.values()) + act.quantity > capacity:
            return held, False
        if act.to is not None:
            now[act.to] = now.get(act.to, 0) + act.quantity
        return tuple(sorted((unit, some) for unit, some in now.items() if some)), True

    return apply


class _Body(Struct, frozen=True, rename={"sources": "from"}):
    """The fields of grants, releases and moves that count here."""

    unit: str | None = None
    quantity: int = 0
    sources: tuple["_Source", ...] = ()
    to: str | None = None


class _Source(Struct, frozen=True):
    unit: str
    quantity: int


def act_of(asked: Asked) -> Act:
    """What a command over HTTP comes to here."""
    body = msgspec.json.decode(asked.body, type=_Body)
    match asked.do:
        case "grant":
            return Act(to=body.unit, quantity=body.quantity)
        case "release":
            return Act(source=body.unit, quantity=body.quantity)
        case "reallocate":
            (one,) = body.sources
            return Act(source=one.unit, to=body.to, quantity=one.quantity)
        case _:
            raise ValueError(f"{asked.do} is nothing that this pool knows")


def happenings(told: Iterable[Told], looks: Iterable[Look]) -> list[Happening]:
    """Answers over HTTP as a history of this pool; looks count that saw holdings as of now."""
    found = [
        Happening(
            invoked=one.sent, returned=one.received, asked=act_of(one.asked),
            answered=one.status == 201,
        )
        for one in told
    ]  # fmt: skip
    for look in looks:
        page = msgspec.json.decode(look.body, type=Page)
        held = tuple((row.unit, row.quantity) for row in page.items)
        found.append(
            Happening(invoked=look.sent, returned=look.received, asked=Act(), answered=held)
        )
    return found
