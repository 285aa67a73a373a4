"""The same application with a desk that answers at once: only the queue and the commit are gone.

What a POST costs here is what its route, its checks and its answer cost.
"""

import os
from collections.abc import Sequence

import api.app
from api.cli.serving import say_address
from api.serving import serve
from api.settings import Settings
from ledger.asks import Answer, Ask

BODY = "ALLOT_BENCH_BODY"
"""The variable that holds the answer's body: one that the real desk gave, so of the same size."""


class SilentDesk:
    """Gives every ask the same answer, and hands nothing over."""

    waiting = 0

    def __init__(self, *_given: object, **_named: object) -> None:
        self._answer = Answer(status=201, body=os.environ[BODY].encode(), position=1)

    async def ask(self, ask: Ask) -> Answer:
        """Answer one."""
        return self._answer

    async def ask_in_order(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Answer each."""
        return [self._answer] * len(asks)


def main() -> None:
    """Serve as `allot serve --no-follower` does, but for the desk."""
    setattr(api.app, "Desk", SilentDesk)  # noqa: B010 - a class of ours in its place
    serve(Settings(), with_follower=False, ready=say_address)  # pyright: ignore[reportCallIssue]


if __name__ == "__main__":
    main()
