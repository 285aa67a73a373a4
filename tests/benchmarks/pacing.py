"""Open-loop load: asks arrive at a pace, by chance and in bursts, whoever still waits."""

import random
import time
import uuid
from collections.abc import Sequence
from threading import Event

from ledger.asks import Answer
from ledger.committer import Committer
from tests.benchmarks.figures import Gate
from tests.benchmarks.moving import CLIENTS_MAX, move, moves
from tests.benchmarks.watching import Told

LATE_S = 0.5
"""A pace is kept when no more than this lies between the last arrival and the last answer."""


def arrivals(rate: float, seconds: float, run: int) -> list[float]:
    """The seconds at which asks arrive: independent of each other, as many a second."""
    rng = random.Random(run)
    found: list[float] = []
    at = rng.expovariate(rate)
    while at < seconds:
        found.append(at)
        at += rng.expovariate(rate)
    return found


def paced(committer: Committer, rate: float, seconds: float, run: int) -> list[Told]:
    """Give the committer moves at a pace, in this process; returns when each was answered."""
    due = arrivals(rate, seconds, run)
    name = uuid.uuid4().hex[:8]
    # What is to be asked is made before the clock starts: the cores are shared.
    source = moves(run % CLIENTS_MAX, run)
    asks = [move(*next(source), f"{name}-{number}") for number in range(len(due))]
    told: list[Told] = []
    refused: list[bytes] = []
    is_over = Event()

    def done(answer: Answer) -> None:
        told.append(Told(answer.position, time.monotonic()))
        if answer.status != 201:
            refused.append(answer.body)
        if len(told) == len(due):
            is_over.set()

    began = time.monotonic()
    for ask, at in zip(asks, due, strict=True):
        early = began + at - time.monotonic()
        if early > 0:
            time.sleep(early)
        committer.submit(ask, done)
    is_over.wait()
    if refused:
        raise RuntimeError(f"a move was refused: {refused[0].decode()}")
    return told


def pace_kept(told: Sequence[Told], rate: float, seconds: float, run: int) -> Gate:
    """Whether everything that arrived was answered, and nothing fell behind."""
    due = arrivals(rate, seconds, run)
    took = max(one.at for one in told) - min(one.at for one in told)
    return Gate(
        "every arrival answered, the pace kept",
        len(told) == len(due) and took <= due[-1] - due[0] + LATE_S,
        f"{len(told)} of {len(due)}, arrived within {due[-1]:.1f} s, answered within {took:.1f} s",
    )
