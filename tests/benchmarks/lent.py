"""A long log that is lent to one run: where it is, how long it was, and its fold."""

from tests.benchmarks.gates import Fold, head_of
from tests.benchmarks.grounds import Grounds, committing, decide
from tests.benchmarks.moving import furnishing


class Lent:
    """What those who measure on a long log are given, one after the other."""

    def __init__(self, grounds: Grounds, url: str) -> None:
        """Take a ledger as it was lent."""
        self.grounds = grounds
        self.url = url
        self.head = head_of(url)
        self.fold = Fold(url)
        self._is_furnished = False

    def furnish(self) -> None:
        """Add the pool and the units between which moves are measured. Once."""
        if not self._is_furnished:
            with committing(self.url) as committer:
                decide(committer, furnishing())
            self._is_furnished = True
