"""S16: 64 clients in process with the seal on, and off.

Off = nothing is hashed, and the tables do not look for seals; the row for each batch, by which a
process knows the log that it read, stays.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psycopg

import ledger.known
from ledger.committer import Committer
from ledger.log import StoredEvent
from ledger.seal.merkle import HASH_BYTES, Frontier
from ledger.seal.sealing import Sealing
from tests.benchmarks.bars.commands import clients_of
from tests.benchmarks.crowd import crowd
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Load, Measured, Spread
from tests.benchmarks.gates import counted, head_of, resealed
from tests.benchmarks.grounds import Grounds, committing, durability
from tests.benchmarks.moving import mover

CLIENTS = 64
NO_HASH = bytes(HASH_BYTES)
UNCHECKED = """
DROP TRIGGER events_are_sealed ON ledger.events;
DROP TRIGGER seal_has_events ON ledger.seal
"""


class Unhashed(Sealing):
    """Covers what is appended without hashing it."""

    def copy(self) -> Sealing:
        """The same, to come back to."""
        same = Unhashed()
        same._tree, same._root = self._tree, self._root
        return same

    def _grow(self, events: Sequence[StoredEvent]) -> None:
        size = self.size + len(events)
        self._tree = Frontier(size, (NO_HASH,) * size.bit_count())
        self._root = NO_HASH


def measure(grounds: Grounds, effort: Effort, wanted: set[str]) -> Iterator[Measured]:
    """Two ledgers in turn."""
    del wanted
    sealed: list[Load] = []
    unsealed: list[Load] = []
    with ExitStack() as ending:
        on, off = (ending.enter_context(grounds.furnished()) for _ in range(2))
        with psycopg.connect(off) as connection:
            connection.execute(UNCHECKED)
        before = {url: head_of(url) for url in (on, off)}
        with committing(on) as with_seal, _without_hashes(off) as without:
            acts, other_acts = clients_of(with_seal, CLIENTS), clients_of(without, CLIENTS)
            pair = [(sealed, acts), (unsealed, other_acts)]
            for _ in range(effort.runs):
                for loads, one in pair:
                    loads.append(crowd(CLIENTS, effort.seconds, one))
                pair.reverse()  # who goes second finds the machine as the first left it
        gates = (
            counted(on, before[on], sum(load.answers for load in sealed)),
            counted(off, before[off], sum(load.answers for load in unsealed) + 1),
            resealed(on),
            durability(on),
        )
    rates, others = [load.rate for load in sealed], [load.rate for load in unsealed]
    yield Measured(
        bar="S16",
        what=f"reallocations in process, {CLIENTS} clients, seal on against off",
        ours=Spread.of(rates),
        beside=(Beside(name="off", figure=Spread.of(others)),),
        demands=(Demand(of="x off", figure=Spread.ratios(rates, others), at_least=0.93),),
        gates=gates,
        remarks=("off = nothing hashed or checked; the row for each batch stays",),
    )


@contextmanager
def _without_hashes(url: str) -> Generator[Committer]:
    setattr(ledger.known, "Sealing", Unhashed)  # noqa: B010 - a class of ours in its place
    try:
        with committing(url) as committer:
            mover(committer, 0, CLIENTS)()  # one answer: it has begun
            setattr(ledger.known, "Sealing", Sealing)  # noqa: B010
            yield committer
    finally:
        setattr(ledger.known, "Sealing", Sealing)  # noqa: B010
