"""The same application with a desk that answers at once: only the queue and the commit are gone.

What a POST costs here is what its route, its checks and its answer cost.
"""

import os
from collections.abc import Sequence
from typing import Any

import api.app
from api.cli.serving import say_address
from api.decisions.desk import Desk
from api.serving import serve
from api.settings import Settings
from ledger.asks import Answer, Put

BODY = "ALLOT_BENCH_BODY"
"""The variable that holds the answer's body: one that the real desk gave, so of the same size."""


class SilentDesk(Desk):
    """Gives every ask the same answer, and hands nothing over."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._same = Answer(status=201, body=os.environ[BODY].encode(), position=1)

    async def ask(self, *_given: object, **_named: object) -> Answer:
        """Answer one."""
        return self._same

    async def ask_in_order(
        self, asks: Sequence[Put], *_given: object, **_named: object
    ) -> Sequence[Answer]:
        """Answer each."""
        return [self._same] * len(asks)


def main() -> None:
    """Serve as `allot serve --no-follower` does, but for the desk."""
    setattr(api.app, "Desk", SilentDesk)  # noqa: B010 - a class of ours in its place
    serve(Settings(), with_follower=False, ready=say_address)  # pyright: ignore[reportCallIssue]


if __name__ == "__main__":
    main()
