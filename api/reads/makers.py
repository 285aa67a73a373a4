"""Of what unit and pool grants and requests are, as was said when they were made."""

from collections.abc import Collection

from msgspec import Struct

from api.reads.look import Connection
from ledger.codec import decode
from ledger.facts import GrantMaking, Reallocation
from ledger.request_facts import RequestMaking
from ledger.store.reading import read_at
from projections.history.subjects import positions_of


class Made(Struct, frozen=True):
    """A grant or a request; `lenders` are those that a loan was made by."""

    unit: str
    pool: str
    lenders: tuple[str, ...] = ()


def makers(connection: Connection, subjects: Collection[str], known_at: int) -> dict[str, Made]:
    """What was made under some ids up to a position; of a request the first of its pools."""
    made = positions_of(connection, subjects, known_at=known_at)
    found: dict[str, Made] = {}
    for stored in read_at(connection, sorted({some[0] for some in made.values()})):
        match decode(stored.stored).data:
            case GrantMaking(grant=grant, unit=unit, pool=pool):
                found[grant] = Made(unit, pool)
            case Reallocation(to_grant=grant, to_unit=unit, pool=pool) as moved:
                lenders = tuple(leg.unit for leg in moved.legs) if moved.loan else ()
                found[grant] = Made(unit, pool, lenders)
            case RequestMaking(request=request, unit=unit, pools=pools):
                found[request] = Made(unit, pools[0])
            case _:
                pass
    return found
