"""Which code a snapshot of the state belongs to: the digest of everything that folds it."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

FOLDING: Final = (
    "acts.py", "awaited.py", "blocks.py", "budgets.py", "capacity.py", "codec.py", "events.py",
    "evolve/__init__.py", "evolve/changes.py", "evolve/corrections.py", "evolve/counting.py",
    "evolve/delegations.py", "evolve/grants.py", "evolve/organisation.py", "evolve/plain.py",
    "evolve/pledges.py", "evolve/pools.py", "evolve/proposals.py", "evolve/requests.py",
    "evolve/splits.py", "facts.py", "gathering.py", "gists.py", "holders.py", "holding.py",
    "in_hand.py", "journal.py", "lineage.py", "measures.py", "packing.py", "periods.py",
    "pledge_facts.py", "pledges.py", "quantities.py", "rates.py", "records.py", "request_facts.py",
    "resting.py", "sayings.py", "snapshot.py", "standing.py", "state.py", "steps.py",
    "vocabulary.py",
)  # fmt: skip
"""What a state depends on besides the log. A test holds this against what is imported."""


@cache
def shape() -> bytes:
    """A digest that differs whenever other code might fold the log to another state.

    That code was only reformatted costs one fold of the log; a state folded by other rules would
    cost wrong decisions.
    """
    digest = sha256()
    for name in FOLDING:
        digest.update(sha256((files("ledger") / name).read_bytes()).digest())
    return digest.digest()
