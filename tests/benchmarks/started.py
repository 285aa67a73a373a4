"""A process that learns the state of a log and says how long that took: `started URL [which]`."""

import subprocess
import sys
import time
from hashlib import sha256

import msgspec
from msgspec import Struct

from ledger.known import learn
from ledger.periods import BEGINNING, FOREVER
from ledger.state import State
from ledger.store.log import PostgresLog
from tests.house.tree import TOP

WHICH = "which"


class Started(Struct, frozen=True, kw_only=True):
    """The time from opening the log to knowing its state, and which state that is, if asked."""

    seconds: float
    position: int
    digest: str | None


def start(url: str, *, is_compared: bool) -> Started:
    """Start such a process, and wait for what it says. To say which state it is takes longer."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.started", url, *([WHICH] if is_compared else [])],
        cwd=TOP, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    return msgspec.json.decode(run.stdout, type=Started)


def main() -> None:
    """Learn the state as the committer does."""
    began = time.perf_counter()
    with PostgresLog(sys.argv[1]) as log:
        state = learn(log).state
        seconds = time.perf_counter() - began
    digest = _digest(state) if WHICH in sys.argv else None
    said = Started(seconds=seconds, position=state.position, digest=digest)
    sys.stdout.write(msgspec.json.encode(said).decode())


def _digest(state: State) -> str:
    """Which state it is, whatever of it is packed away."""
    digest = sha256(
        msgspec.msgpack.encode(
            (
                state.recorded_at, state.pools, state.units, state.delegations,
                sorted(state.touched.items()),
                {pool: list(free.runs(BEGINNING, FOREVER)) for pool, free in state.free.items()},
                [(*key, state.live_of(*key)) for key in sorted(state.made)],
            ),
            order="deterministic",
        )
    )  # fmt: skip
    for grant in sorted(state.grants.values(), key=lambda grant: grant.made):
        digest.update(msgspec.msgpack.encode(grant))
    return digest.hexdigest()


if __name__ == "__main__":
    main()
