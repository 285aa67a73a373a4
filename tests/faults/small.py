"""Small histories of a pool, sound and broken ones, and what two judges say of them.

Each act happens at one moment of its own, somewhere between its question and its answer; so the
questions overlap, and the order of the acts is one that explains the answers.
"""

from collections.abc import Sequence
from typing import Literal, get_args

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from ledger.log import StoredEvent
from tests.support.books import overcommitted
from tests.support.counter import Held, counting, happenings
from tests.support.lab import grant, move, release
from tests.support.linear import explanation
from tests.support.looks import Look, foretold, looks_out_of_order, untrue
from tests.support.oracle import differences, gaps, out_of_order
from tests.support.people import Told
from tests.support.sequential import Sequential, asked, furnished

UNITS = ("vision", "speech")
TICK = 10.0
"""From one act to the next."""
FURNISHED = len(furnished(0, UNITS).log)
"""Where the log begins to be about the pool's units."""


Kind = Literal["judged too early", "shown too early", "moved", "lost", "turned", "made up"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Doing(Struct, frozen=True, kw_only=True):
    """What one of a few people does next; questions begin and answers end so far from the act."""

    person: int
    do: Literal["grant", "release", "reallocate", "look"]
    unit: int = 0
    quantity: int = 1
    before: float = 1
    after: float = 1


class Defect(Struct, frozen=True, kw_only=True):
    """What goes wrong, at which doing, and by how much."""

    kind: Kind
    place: int
    by: int = 1


class History(Struct, frozen=True, kw_only=True):
    """What people were told and shown, and the log; `begin` is who held what before."""

    capacity: int
    begin: Held = ()
    told: Sequence[Told]
    looks: Sequence[Look]
    log: Sequence[StoredEvent]


doings = st.builds(
    Doing, person=st.integers(0, 2), do=st.sampled_from(("grant", "release", "reallocate", "look")),
    unit=st.integers(0, 1), quantity=st.integers(1, 4), before=st.floats(0.5, 40),
    after=st.floats(0.5, 40),
)  # fmt: skip
defects = st.builds(
    Defect, kind=st.sampled_from(KINDS), place=st.integers(0, 8), by=st.integers(1, 3)
)


def lived(capacity: int, acts: Sequence[Doing], defect: Defect | None = None) -> History:
    """Let the acts happen in this order, one of them perhaps wrongly."""
    pool = furnished(capacity, UNITS)
    windows = [_window(acts, place) for place in range(len(acts))]
    for place, (act, window) in enumerate(zip(acts, windows, strict=True)):
        _do(pool, act, window, f"{place}", _here(defect, place, len(acts)))
    looks = [replace(look, min_position=_promised(pool.told, look.sent)) for look in pool.looks]
    return History(capacity=capacity, told=pool.told, looks=looks, log=pool.log)


def _here(defect: Defect | None, place: int, of: int) -> Defect | None:
    return defect if defect is not None and defect.place % of == place else None


def objections(history: History) -> list[str]:
    """What the judge by positions finds wrong."""
    found = [f"no {position}" for position in gaps(history.log)]
    found += [f"too much after {position}" for position in overcommitted(history.log)]
    found += differences(history.log, history.told)
    found += [f"{later} before {earlier}" for earlier, later in out_of_order(history.told)]
    found += foretold(history.told, history.looks)
    found += untrue(history.log, history.looks)
    return found + looks_out_of_order(history.looks, history.told)


def is_explained(history: History) -> bool:
    """Whether the search, which knows no position, finds an order."""
    seen = happenings(history.told, history.looks)
    return explanation(seen, history.begin, counting(history.capacity)) is not None


def _window(acts: Sequence[Doing], place: int) -> tuple[float, float]:
    """When the question left and the answer came; nobody asks before having been answered."""
    act = acts[place]
    mine = [other for other, one in enumerate(acts) if one.person == act.person]
    earlier = [other for other in mine if other < place]
    later = [other for other in mine if other > place]
    back = TICK * (place - earlier[-1]) / 2 - 0.1 if earlier else act.before
    ahead = TICK * (later[0] - place) / 2 - 0.1 if later else act.after
    return TICK * place - min(act.before, back), TICK * place + min(act.after, ahead)


def _promised(told: Sequence[Told], sent: float) -> int:
    """The newest position that anybody knew of when a question left."""
    return max((one.position for one in told if one.received < sent), default=0)


def _do(
    pool: Sequential, act: Doing, window: tuple[float, float], key: str, defect: Defect | None
) -> None:
    sent, received = window
    kind = defect.kind if defect else None
    by = defect.by if defect else 0
    if kind == "moved":
        # It happened before it was asked for, or after it was answered.
        shift = TICK * (-1.5, 1.5, 4.5)[by - 1]
        sent, received = sent + shift, received + shift
    missing = min(by, len(pool.log) - FURNISHED)
    if act.do == "look":
        shown = pool.look(sent, received, missing=missing if kind == "shown too early" else 0)
        if kind == "made up":
            pool.looks[-1] = replace(shown, body=shown.body.replace(b'"vision"', b'"speech"'))
        return
    one, other = UNITS[act.unit], UNITS[1 - act.unit]
    fields = {
        "grant": grant(one, act.quantity),
        "release": release(one, act.quantity),
        "reallocate": move(one, other, act.quantity),
    }[act.do]
    told = pool.ask(
        asked(act.do, fields, key),
        sent,
        received,
        missing=missing if kind == "judged too early" else 0,
    )
    if kind == "turned":
        pool.told[-1] = replace(told, status={201: 409, 409: 201}[told.status])
    elif kind == "lost" and told.status == 201:
        pool.forget_last()
