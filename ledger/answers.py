"""Judge one ask against the state and build the bytes of its answer, once."""

from ledger.asks import Answer, Ask, Stamp
from ledger.state import State


def answer(state: State, ask: Ask, stamp: Stamp) -> Answer:
    """Decide and evolve the state, or refuse and leave it as it was.

    Returns status 201 (200 for a dry run) with the events to store, or the refusal's status with
    an RFC 9457 problem as body. A dry run leaves the state as it was too.
    """
    raise RuntimeError("being written")
