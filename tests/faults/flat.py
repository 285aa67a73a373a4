"""Whether the memory of a process stays flat, judged by the second half of what was sampled.

A ledger keeps what it has to know of every event, so some growth by event is allowed, and taken off
first. What is left may rise, over the whole second half, by no more than `SLACK_KIB`: what caches,
pools and the allocator come to. The rise is Theil and Sen's (Sen, "Estimates of the regression
coefficient based on Kendall's tau", J. American Statistical Association 63, 1968): the median of
the slopes between all pairs of samples, which a single step or peak does not move, and a leak does.
"""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from statistics import median

from msgspec import Struct

SLACK_KIB = 16 * 1024
EVENT_KIB = 2.0
"""What a process may keep for each event that is recorded: state, not cache."""
SAMPLES_MAX = 120
"""Of more samples than these, evenly spread ones are compared."""


class Sample(Struct, frozen=True, kw_only=True):
    """What a process took up at a moment: private memory, and how long the log was."""

    seconds: float
    kib: int
    position: int


def rise_kib(samples: Sequence[Sample]) -> float:
    """How much memory rose over the second half beyond what its events may take.

    Raises ValueError when there is too little to judge by.
    """
    begin = (samples[0].seconds + samples[-1].seconds) / 2 if samples else 0.0
    half = [one for one in samples if one.seconds >= begin]
    if len(half) < 8:
        raise ValueError(f"{len(half)} samples in the second half tell nothing")
    some = half[:: -(-len(half) // SAMPLES_MAX)]
    slopes = [
        (later.kib - one.kib - EVENT_KIB * (later.position - one.position))
        / (later.seconds - one.seconds)
        for one, later in combinations(some, 2)
        if later.seconds > one.seconds
    ]
    return median(slopes) * (half[-1].seconds - half[0].seconds)


def is_flat(samples: Sequence[Sample]) -> bool:
    """Whether the rise is one that caches explain."""
    return rise_kib(samples) <= SLACK_KIB


def private_kib(process: int) -> int:
    """The memory of a process that no file and no other process shares; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0
