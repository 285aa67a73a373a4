"""What a correction changes: what was said and is said, from when on they differ, who loses."""

from typing import Any

from msgspec.structs import replace

from ledger.events import TOPICS, Corrected, Event
from ledger.facts import Extension, GrantMaking, Reallocation, ReleaseOfGrants
from ledger.periods import BEGINNING, Instant, open_end
from ledger.sayings import Saying, saying


def before(event: Corrected) -> Saying | None:
    """What the corrected event said until now; None = that it never happened."""
    return saying(event.data.topic, event.data.was)


def after(event: Corrected) -> Saying | None:
    """What it says from now on."""
    return saying(event.data.topic, event.data.replacement)


def as_recorded(event: Corrected, said: Saying) -> Event:
    """The event that would say so, had it been recorded where the correction was."""
    envelope: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
    kind: Any = TOPICS[event.data.topic]
    return kind(**envelope | {"effective_at": said.at, "data": said.fact, "overrides": ()})


def is_revision(event: Corrected) -> bool:
    """Whether it changes nothing before it was recorded: it cancels or reschedules a plan."""
    return differs_from(before(event), after(event)) >= event.recorded_at


def differs_from(was: Saying | None, now: Saying | None) -> Instant:
    """The first instant at which what is said makes a difference, as far as the two tell."""
    match was, now:
        case (Saying(fact=Extension(ends_at=one)), Saying(fact=Extension(ends_at=other))):
            return min(open_end(one), open_end(other))
        case (Saying(fact=Extension() as only), None) | (None, Saying(fact=Extension() as only)):
            return min(open_end(only.ends_at), open_end(only.was_ends_at))
        case (
            Saying(at=start, fact=GrantMaking() | Reallocation() as old),
            Saying(fact=GrantMaking() | Reallocation() as new),
        ) if start == now.at and replace(old, ends_at=None) == replace(new, ends_at=None):
            return min(open_end(old.ends_at), open_end(new.ends_at))
        case _:
            return min(said.at for said in (was, now) if said is not None)


def takes(event: Corrected) -> bool:
    """Whether it takes something away from a holder, as far as what is said tells."""
    was, now = before(event), after(event)
    about = now or was
    match about.fact if about is not None else None:
        case Extension():
            return _end(was, now) > _end(now, was)
        case GrantMaking():
            (had, until), (has, end) = _granted(was), _granted(now)
            return has < had or end < until
        case ReleaseOfGrants():
            return _released(now) > _released(was)
        case Reallocation():
            return True
        case _:
            return False


def _end(said: Saying | None, other: Saying | None) -> Instant:
    """The end that is said; without an extension the one there was before it."""
    if said is not None and isinstance(said.fact, Extension):
        return open_end(said.fact.ends_at)
    if other is not None and isinstance(other.fact, Extension):
        return open_end(other.fact.was_ends_at)
    raise TypeError("neither says anything of an end")


def _granted(said: Saying | None) -> tuple[int, Instant]:
    if said is None or not isinstance(said.fact, GrantMaking):
        return 0, BEGINNING
    return said.fact.quantity, open_end(said.fact.ends_at)


def _released(said: Saying | None) -> int:
    if said is None or not isinstance(said.fact, ReleaseOfGrants):
        return 0
    return sum(leg.quantity for leg in said.fact.legs)
