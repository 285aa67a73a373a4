"""The instants that are asked about on a long log."""

import random

from ledger.periods import Instant, from_datetime
from tests.benchmarks.made.years import begin, span


def instant_asked(rng: random.Random, number: int, *, known_at: int, head: int) -> Instant:
    """An instant for a question: every other is about the time in which the books stood so."""
    share = known_at / head + rng.gauss(0, 0.03) if number % 2 else rng.random() * 1.05
    return from_datetime(begin(head) + span(head) * max(0, share))
