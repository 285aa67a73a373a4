"""When decisions are recorded, and under which ids: rising times, and uuids that follow them."""

from datetime import UTC, datetime
from typing import Final

from ledger.asks import Stamp
from ledger.periods import MICROSECOND, Instant, from_datetime, to_datetime

CHANCE_BYTES: Final = 8
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Stamps:
    """Gives each ask its stamp: max(now, previous decision + 1 us) (domain, section 2).

    Nor is one ever earlier than one given before, recorded or refused: time that has passed in
    the state does not come back when the machine's clock is set back.
    """

    def __init__(self) -> None:
        self._earliest = _START
        self._last = _START

    def next(self, now: datetime, chance: bytes) -> Stamp:
        """The stamp of an ask judged now; `chance` are `CHANCE_BYTES` random bytes."""
        moment = self._last = self._earliest = max(now, self._earliest)
        return Stamp(recorded_at=from_datetime(moment), seed=uuid7(moment, chance))

    def use(self) -> None:
        """Something was recorded by the last stamp: what comes is later."""
        self._earliest = max(self._earliest, self._last + MICROSECOND)

    def follow(self, recorded_at: Instant) -> None:
        """Let what comes be later than a decision that was recorded."""
        self._earliest = max(self._earliest, to_datetime(recorded_at) + MICROSECOND)


def uuid7(moment: datetime, chance: bytes) -> str:
    """A uuid of version 7 (RFC 9562, section 5.7) whose last 16 bits are zero, as text.

    Those bits number what one decision makes.
    """
    drawn = int.from_bytes(chance) & 0x3FF_FFFF_FFFF_FFFF
    high, low = drawn >> 46, drawn & 0x3FFF_FFFF_FFFF
    since = moment - _START
    millis = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    text = f"{millis << 80 | 7 << 76 | high << 64 | 2 << 62 | low << 16:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
