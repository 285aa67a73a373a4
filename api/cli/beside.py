"""Work beside the open doors: it waits until they keep up, and can end the serving."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

from api.cli.catching_up import Standing
from api.cli.endings import UNREACHABLE, Ended
from api.client import Client
from api.unreachable import Unreachable

_CAUGHT_UP_S: Final = 300.0
_POLL_S: Final = 0.05


class Beside:
    """Runs one piece of work in a thread of its own once the doors are open.

    When the work raises, the doors are closed as by SIGTERM and the serving thread gets the
    exception from `outcome`. It is left alone when the doors close first.
    """

    def __init__(self, work: Callable[[str], None]) -> None:
        self._work = work
        self._failed: BaseException | None = None

    def __call__(self, url: str) -> None:
        """Begin, and return at once."""
        threading.Thread(target=self._run, args=(url,), name="beside", daemon=True).start()

    def outcome(self) -> None:
        """Raise what the work ended with, if it ended badly or asked for the end."""
        if self._failed is not None:
            raise self._failed

    def _run(self, url: str) -> None:
        try:
            self._work(url)
        except Unreachable:
            # The doors are in this process: who cannot reach them sees them close.
            return
        except BaseException as failed:  # noqa: BLE001  it goes on in the thread that serves
            self._failed = failed
            os.kill(os.getpid(), signal.SIGTERM)


def wait_until_read(client: Client) -> None:
    """Wait until the doors are ready and every read model has followed to the head."""
    deadline = time.monotonic() + _CAUGHT_UP_S
    while True:
        ready = client.get_once("/readyz")
        standing = client.get_once("/v1/position")
        if ready is not None and ready.status == 200 and standing is not None:
            found = standing.read(Standing)
            if found.projections and found.behind(found.head) == 0:
                return
        if time.monotonic() > deadline:
            said = "no answer" if ready is None else ready.body.decode(errors="replace")
            raise Ended(UNREACHABLE, f"The ledger is not ready: {said}")
        time.sleep(_POLL_S)
