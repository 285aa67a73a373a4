"""Where a request stands: a function of what was said of it, of its grants and of time (rule 11).

It is the same function in the core and in every answer.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from ledger.periods import Instant
from ledger.vocabulary import Outcome, Priority, RequestStatus, Rest

RANKS: Final[dict[Priority, int]] = {"critical": 0, "high": 1, "normal": 2, "low": 3}
"""The order in which priorities are served."""
OVER: Final[frozenset[RequestStatus]] = frozenset({"withdrawn", "lapsed", "denied", "fulfilled"})
"""What nobody waits for any more."""


class Told(Protocol):
    """What has to be known of a request, in the core or a read model; positions order it."""

    @property
    def withdrawn(self) -> bool:
        """Whether it was withdrawn."""
        ...

    @property
    def quantity(self) -> int:
        """How much is asked for, of all pools together."""
        ...

    @property
    def end(self) -> Instant:
        """When what is asked for would end."""
        ...

    @property
    def since(self) -> int:
        """The position of the last fact that asked for more."""
        ...

    @property
    def outcome(self) -> Outcome | None:
        """What was decided last, None before."""
        ...

    @property
    def rest(self) -> Rest:
        """What becomes of what was not awarded."""
        ...

    @property
    def decided(self) -> int:
        """The position of the last decision, 0 before."""
        ...

    @property
    def appealed(self) -> int:
        """The position of the last appeal, 0 before."""
        ...

    @property
    def awarded(self) -> tuple[tuple[str, int], ...]:
        """The total awarded so far, by pool."""
        ...


def status(told: Told, granted: Mapping[str, int], at: Instant) -> RequestStatus:
    """The status at an instant; `granted` = first quantities of the grants naming it, by pool."""
    if told.withdrawn:
        return "withdrawn"
    standing = _standing(told, granted)
    return "lapsed" if told.end <= at and standing != "fulfilled" else standing


def _standing(told: Told, granted: Mapping[str, int]) -> RequestStatus:
    """The status of one that was not withdrawn, whatever the time.

    Of an award, and of what was left waiting, no more counts than is asked for by now.
    """
    if told.appealed > told.decided:
        return "appealed"
    has_all = sum(granted.values()) >= told.quantity
    is_granted = has_all or all(granted.get(pool, 0) >= some for pool, some in told.awarded)
    is_waiting = told.outcome == "partly" and told.rest == "waits" and is_granted and not has_all
    if told.outcome is None or told.since > told.decided or is_waiting:
        return "open"
    if told.outcome in ("denied", "deferred"):
        return told.outcome
    return "fulfilled" if is_granted else "awarded"


def counted_priority(asked: Priority, decided: Priority | None) -> Priority:
    """The priority that counts: above normal only a decider gives (rule 11)."""
    if decided is not None:
        return decided
    return asked if RANKS[asked] > RANKS["normal"] else "normal"
