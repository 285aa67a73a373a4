"""Read what was written a moment ago: wait, for a moment, until the read models show it."""

import time
from typing import Final

from msgspec import Struct

from api.cli.output import say
from api.client import Client

_PATIENCE_S: Final = 5.0
_POLL_S: Final = 0.05


class ModelPosition(Struct, frozen=True, kw_only=True):
    """A read model and the position it has followed to."""

    name: str
    position: int
    state: str


class Standing(Struct, frozen=True, kw_only=True):
    """Where the log and its read models stand."""

    head: int
    projections: list[ModelPosition]

    def behind(self, position: int) -> int:
        """How many events up to a position the slowest read model does not show yet."""
        return max((position - model.position for model in self.projections), default=0)


def catch_up(client: Client) -> None:
    """Wait until what is recorded by now is shown; when that takes long, say so and go on."""
    reply = client.get("/v1/position")
    if reply.is_refusal:
        return  # what is read next is refused as well, and says why
    standing = reply.read(Standing)
    newest = standing.head
    deadline = time.monotonic() + _PATIENCE_S
    while standing.behind(newest) > 0:
        if time.monotonic() > deadline:
            say(f"The read models are {standing.behind(newest)} events behind position {newest}.")
            return
        time.sleep(_POLL_S)
        reply = client.get("/v1/position")
        if reply.is_refusal:
            return
        standing = reply.read(Standing)
