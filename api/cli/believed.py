"""What the event at a position says as is believed now: by itself, or by its last correction."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from api.cli.asking import refuse
from api.cli.catching_up import Standing, catch_up
from api.cli.endings import REFUSED, Ended
from api.client import Client, Json, Reply


class Saying(Struct, frozen=True):
    """When a fact takes effect, and its `data`."""

    effective_at: str
    data: dict[str, Json]


class Recorded(Struct, frozen=True, kw_only=True):
    """As much of an event as a correction needs."""

    position: int
    topic: str
    key: str
    effective_at: str
    data: dict[str, Json]


class Believed(Struct, frozen=True, kw_only=True):
    """An event as recorded; `now` is what it says now, None when it never happened.

    `supersedes` is the position of the correction that stands.
    """

    event: Recorded
    supersedes: int | None
    now: Saying | None

    @property
    def original(self) -> Saying:
        """What the event said itself."""
        return Saying(self.event.effective_at, self.event.data)


class _Events(Struct, frozen=True):
    events: list[Recorded]


class _Correction(Struct, frozen=True):
    corrects: int
    replacement: Saying | None


class _Corrected(Struct, frozen=True):
    position: int
    key: str
    data: _Correction


class _Corrections(Struct, frozen=True):
    items: list[_Corrected]


def believed(client: Client, position: int, *, key: str | None) -> Believed:
    """Read an event and the correction of it that stands; ends the command when there is none.

    What was recorded under `key`, and later, is left out: asked again, the same command is given.
    """
    event = _event(client, position)
    standing = _standing(client, event, key)
    if standing is None:
        return Believed(event=event, supersedes=None, now=Saying(event.effective_at, event.data))
    return Believed(event=event, supersedes=standing.position, now=standing.data.replacement)


def _event(client: Client, position: int) -> Recorded:
    head = _asked(client, "/v1/position", {}).read(Standing).head
    if position > head:
        raise Ended(REFUSED, f"There is no event at position {position}: the head is {head}.")
    after = {"after": max(0, position - 1), "limit": 1}
    return _asked(client, "/v1/events", after).read(_Events).events[0]


def _asked(client: Client, path: str, query: Mapping[str, int]) -> Reply:
    reply = client.get(path, query)
    if reply.is_refusal:
        refuse(reply)
    return reply


def _standing(client: Client, event: Recorded, key: str | None) -> _Corrected | None:
    found = _corrections(client, event)
    if key is None:
        return next(found, None)
    told = list(found)
    ours = [place for place, one in enumerate(told, start=1) if one.key == key]
    return next(iter(told[ours[-1] :] if ours else told), None)


def _corrections(client: Client, event: Recorded) -> Iterator[_Corrected]:
    """Every correction of an event, the newest first."""
    catch_up(client)
    asked = {
        "topic": "corrected.v1", "after": event.position, "order": "desc", "limit": 1000,
        **_place(event.data),
    }  # fmt: skip
    for reply, page in client.pages("/v1/history", asked):
        if page is None:
            refuse(reply)
        for one in reply.read(_Corrections).items:
            if one.data.corrects == event.position:
                yield one


def _place(fact: Mapping[str, Json]) -> dict[str, str]:
    """A filter that all corrections of a fact pass: what of it no correction can change."""
    for name, parameter in (("to_grant", "grant"), ("grant", "grant"), ("pool", "pool")):
        named = fact.get(name)
        if isinstance(named, str):
            return {parameter: named}
    return {}
