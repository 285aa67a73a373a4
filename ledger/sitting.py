"""The asks that one transaction judges in order, and what it will store of them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from ledger.answers import refused
from ledger.asks import Answer, Ask
from ledger.log import Key, Receipt, StoredEvent
from ledger.refusals import AlreadyExists
from ledger.replies import kept


class Sitting:
    """Answers, events and receipts so far; keys and decision ids that are used up by now."""

    def __init__(self, known: Mapping[Key, Receipt], used: AbstractSet[str]) -> None:
        """Take what the log knows of the keys and the ids that the asks name."""
        self.answers: list[Answer] = []
        self.events: list[StoredEvent] = []
        self.receipts: list[Receipt] = []
        self._known = dict(known)
        self._used = set(used)

    def standing(self, ask: Ask, head: int) -> Answer | None:
        """The answer that stands without judging: the key was answered, or the id is taken."""
        if not ask.dry_run:
            receipt = self._known.get((ask.by, ask.key))
            if receipt is not None:
                return kept(receipt, ask, head)
        if ask.command.decision in self._used:
            taken = f"The decision id {ask.command.decision} is in use: choose another"
            return refused(AlreadyExists(taken), ask, head)
        return None

    def take(self, ask: Ask, given: Answer) -> None:
        """Add an answer, and what is to be stored with it."""
        self.answers.append(given)
        self.events += given.events
        receipt = given.receipt
        if receipt is not None:
            self.receipts.append(receipt)
            self._known[ask.by, ask.key] = receipt
            if receipt.decision is not None:
                self._used.add(receipt.decision)
