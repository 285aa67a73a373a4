"""Reads the log as far as whole decisions go: what was decided as one is seen as one."""

from typing import Final

import msgspec

from ledger.store.reading import read_stored
from projections.statements import Connection


class _Leg(msgspec.Struct, frozen=True):
    leg: tuple[int, int]


_leg: Final = msgspec.json.Decoder(_Leg)


def whole_decisions(connection: Connection, after: int, limit: int) -> list[bytes]:
    """Stored events after a position, about `limit`, never ending inside a decision."""
    found = read_stored(connection, after, limit)
    while found:
        try:
            leg, legs = _leg.decode(found[-1]).leg
        except (msgspec.ValidationError, msgspec.DecodeError):
            return found  # what cannot be read stops the models, where they meet it
        missing = legs - leg - 1
        if not missing:
            break
        more = read_stored(connection, after + len(found), missing)
        if not more:
            raise RuntimeError(f"the decision of position {after + len(found)} is cut off")
        found += more
    return found
