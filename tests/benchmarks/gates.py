"""What must be so before a figure counts: nothing lost, nothing twice, answers equal to the log."""

import gc
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice

import psycopg

from ledger.gathering import Gathering
from ledger.gists import gist
from ledger.holding import own_at
from ledger.periods import Instant
from ledger.seal.merkle import EMPTY, leaf_hash
from ledger.state import State
from ledger.store.reading import head, read_after
from ledger.store.roles import FOLLOWER, as_role
from projections.follow import Follower
from projections.holdings.model import HOLDINGS
from projections.holdings.read import held_sums
from tests.benchmarks.figures import Gate

AT_ONCE = 5_000


def stored_events(url: str, after: int = 0) -> Iterator[bytes]:
    """The stored bytes of every event behind a position, in order."""
    with psycopg.connect(url, autocommit=True) as connection:
        position = after
        while events := read_after(connection, position, AT_ONCE):
            position = events[-1].position
            yield from [event.stored for event in events]


def counted(url: str, before: int, answers: int) -> Gate:
    """Whether as many answers were given as events were stored, and the head says so too."""
    with psycopg.connect(url, autocommit=True) as connection:
        top = head(connection)
        row = connection.execute("SELECT count(*) FROM ledger.events").fetchone()
    stored = row[0] if row else -1
    return Gate(
        "answers given == events stored == head",
        stored == top == before + answers,
        f"{answers} answers, {stored - before} stored, head moved by {top - before}",
    )


def head_of(url: str) -> int:
    """The position of the last event."""
    with psycopg.connect(url, autocommit=True) as connection:
        return head(connection)


def resealed(url: str) -> Gate:
    """Whether the newest seal is that of the stored bytes, hashed anew."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT size, root FROM ledger.seal ORDER BY size DESC LIMIT 1"
        ).fetchone()
    tree = EMPTY.with_leaves(map(leaf_hash, stored_events(url)))
    size, root = row or (0, b"")
    return Gate(
        "the seal == the hash of the stored bytes",
        (size, bytes(root)) == (tree.size, tree.root()),
        f"{size} events sealed as {bytes(root).hex()[:12]}",
    )


class Fold:
    """The fold of a log on the pure core, which goes forward as far as it is asked.

    What grants are is right at any position; nobody may decide on this state.
    """

    def __init__(self, url: str) -> None:
        """Stand before the first event."""
        self.state = Gathering()
        self._stored = stored_events(url)

    def up_to(self, position: int) -> State:
        """The state at a position that is not behind the last one asked for."""
        with uncollected():
            missing = islice(self._stored, position - self.state.position)
            self.state.take_in(gist(stored) for stored in missing)
        if self.state.position < position:
            raise ValueError(f"the log ends at {self.state.position}, and {position} was asked for")
        return self.state


@contextmanager
def uncollected() -> Generator[None]:
    """A state has no cycles: to look for them, again and again, takes half of a fold."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def holdings_of(state: State, at: Instant) -> Counter[tuple[str, str]]:
    """What each unit holds of each pool at an instant, by the rule of what a grant holds."""
    found: Counter[tuple[str, str]] = Counter()
    for grant in state.grants.values():
        quantity = own_at(grant, at)
        if quantity:
            found[grant.pool, grant.unit] += quantity
    return found


def projected(url: str, fold: Fold | None = None) -> Gate:
    """Whether the projection, brought up to head, equals the fold of the log."""
    state = (fold or Fold(url)).up_to(head_of(url))
    with psycopg.connect(as_role(url, FOLLOWER), autocommit=True) as connection:
        follower = Follower(connection, (HOLDINGS,))
        follower.acquire()
        while follower.step():
            pass
        sums = held_sums(connection, pool=None, valid_at=state.recorded_at, known_at=state.position)
    rows: Counter[tuple[str, str]] = Counter()
    for row in sums:
        rows[row.pool, row.unit] += row.quantity
    folded = holdings_of(state, state.recorded_at)
    return Gate(
        "projection == fold of the log",
        rows == folded and bool(folded),
        f"{len(folded)} holdings, {folded.total()} units, at position {state.position}",
    )
