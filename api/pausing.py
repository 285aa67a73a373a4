"""How long to wait before a process beside this one is started again."""

from typing import Final

FIRST_S: Final = 0.5
MAX_S: Final = 30.0
STEADY_S: Final = 60.0
"""What has run for so long ended for a reason of its own."""


class Pauses:
    """Each pause is twice the one before, up to a bound, until a process has run for a while."""

    def __init__(self) -> None:
        self._last_s = FIRST_S

    def after(self, ran_s: float) -> float:
        """How many seconds to wait after a process that ran for so many."""
        self._last_s = FIRST_S if ran_s > STEADY_S else min(self._last_s * 2, MAX_S)
        return self._last_s
