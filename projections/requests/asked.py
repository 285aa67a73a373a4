"""One request as a read model keeps it: what the same function of its status needs (rule 11)."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from ledger.periods import Instant
from ledger.requests import counted_priority, status
from ledger.vocabulary import Outcome, Priority, RequestStatus, Rest
from projections.sheets import Cells

Amounts = tuple[tuple[str, int], ...]
"""Quantities by pool, in the order of the pools' ids."""


class Asked(Struct, frozen=True, kw_only=True):
    """What is asked for, what was answered last, and what was granted for it, at a position.

    `askers` are the requester and whoever amended it for more. `since`, `decided` and `appealed`
    are positions.
    """

    request: str
    unit: str
    pools: tuple[str, ...]
    quantity: int
    least: int
    start: Instant
    end: Instant
    asked_priority: Priority
    decided_priority: Priority | None = None
    justification: str
    askers: tuple[str, ...]
    asked_at: Instant
    since: int
    outcome: Outcome | None = None
    awarded: Amounts = ()
    rest: Rest = "waits"
    until: Instant | None = None
    decided: int = 0
    answered_by: tuple[str, ...] = ()
    appealed: int = 0
    withdrawn: bool = False
    granted: Amounts = ()

    def status(self, at: Instant) -> RequestStatus:
        """Where it stands at an instant."""
        return status(self, dict(self.granted), at)

    @property
    def priority(self) -> Priority:
        """The priority that counts."""
        return counted_priority(self.asked_priority, self.decided_priority)


_encoder: Final = msgspec.json.Encoder(order="sorted")
_decoder: Final = msgspec.json.Decoder(dict[str, int])


def cells(asked: Asked, standing: RequestStatus) -> Cells:
    """The row of a request, without its id and what is known when."""
    return (
        asked.request, asked.unit, list(asked.pools), asked.quantity, asked.least, asked.start,
        asked.end, asked.asked_priority, asked.decided_priority, asked.justification,
        list(asked.askers), asked.asked_at, asked.since, asked.outcome, _written(asked.awarded),
        asked.rest, asked.until, asked.decided, list(asked.answered_by), asked.appealed,
        asked.withdrawn, _written(asked.granted), standing,
    )  # fmt: skip


class Row(Struct, frozen=True):
    """A request as it stands in the table."""

    request: str
    unit: str
    pools: list[str]
    quantity: int
    least: int
    starts_at: Instant
    ends_at: Instant
    asked_priority: Priority
    decided_priority: Priority | None
    justification: str
    askers: list[str]
    asked_at: Instant
    since: int
    outcome: Outcome | None
    awarded: str
    rest: Rest
    until: Instant | None
    decided: int
    answered_by: list[str]
    appealed: int
    withdrawn: bool
    granted: str

    def asked(self) -> Asked:
        """The request that it is about."""
        return Asked(
            request=self.request, unit=self.unit, pools=tuple(self.pools), quantity=self.quantity,
            least=self.least, start=self.starts_at, end=self.ends_at,
            asked_priority=self.asked_priority, decided_priority=self.decided_priority,
            justification=self.justification, askers=tuple(self.askers), asked_at=self.asked_at,
            since=self.since, outcome=self.outcome, awarded=_read(self.awarded), rest=self.rest,
            until=self.until, decided=self.decided, answered_by=tuple(self.answered_by),
            appealed=self.appealed, withdrawn=self.withdrawn, granted=_read(self.granted),
        )  # fmt: skip


def amounts(by_pool: Mapping[str, int]) -> Amounts:
    """Quantities by pool, in order, without pools of which there is nothing."""
    return tuple(sorted((pool, quantity) for pool, quantity in by_pool.items() if quantity))


def _written(by_pool: Amounts) -> str:
    return _encoder.encode(dict(by_pool)).decode()


def _read(written: str) -> Amounts:
    return amounts(_decoder.decode(written))
