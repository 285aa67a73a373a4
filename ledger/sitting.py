"""The asks that are judged in order for one transaction, and what it will store of them."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from ledger.asks import Answer, Ask
from ledger.intake import Waiting
from ledger.log import Appending, Key, Receipt, StoredEvent
from ledger.refusals import AlreadyExists
from ledger.refused import refused
from ledger.replies import kept
from ledger.seal.sealing import Sealing


class Sitting:
    """Who waits, and answers, events and receipts so far; keys and ids that are used up by now."""

    def __init__(
        self,
        known: Iterable[Receipt],
        used: AbstractSet[str] = frozenset(),
        *,
        look_up: Callable[[Key], Receipt | None] | None = None,
        before: Sequence[StoredEvent] = (),
    ) -> None:
        """Take what is known of the keys and the ids of decisions that the asks may name.

        `look_up` finds the receipt of a key that is not among them; None when it has none then.
        `before` are events that are not in the log yet, and come before those of this sitting.
        """
        self.waiting: list[Waiting] = []
        self.answers: list[Answer] = []
        self.events: list[StoredEvent] = []
        self.receipts: list[Receipt] = []
        self._look_up = look_up
        self._before = before
        self._known: dict[Key, Receipt] = {}
        self._used = set(used)
        for receipt in known:
            self._remember(receipt)

    def standing(self, ask: Ask, head: int) -> Answer | None:
        """The answer that stands without judging: the key was answered, or the id is taken."""
        if not ask.dry_run:
            receipt = self._known.get((ask.by, ask.key))
            if receipt is not None:
                return kept(receipt, ask, head)
        return self.taken(ask, head) if ask.command.decision in self._used else None

    def taken(self, ask: Ask, head: int) -> Answer:
        """The answer to who chose an id of a decision that is in use."""
        taken = f"The decision id {ask.command.decision} is in use: choose another"
        return refused(AlreadyExists(taken), ask, head)

    def first_answer(self, ask: Ask) -> Answer | None:
        """What was answered to the key of an ask before this sitting and those it knows of.

        For an answer that is not kept: a key that was used would go unnoticed.
        """
        receipt = self._look_up((ask.by, ask.key)) if self._look_up else None
        return None if receipt is None else kept(receipt, ask, receipt.position)

    def not_stored(self, position: int) -> StoredEvent | None:
        """The event at a position, if it was decided and is not in the log yet."""
        for events in (self._before, self.events):
            if events and events[0].position <= position <= events[-1].position:
                return events[position - events[0].position]
        return None

    def take(self, given: Answer) -> None:
        """Add an answer, and what is to be stored with it."""
        self.answers.append(given)
        self.events += given.events
        receipt = given.receipt
        if receipt is not None:
            self.receipts.append(receipt)
            self._remember(receipt)

    def _remember(self, receipt: Receipt) -> None:
        self._known[receipt.person, receipt.key] = receipt
        if receipt.decision is not None:
            self._used.add(receipt.decision)


class Sent:
    """A sitting on its way to the log: who waits for it, and what is taken back if it fails."""

    __slots__ = ("appending", "changes", "sealing", "sitting")

    def __init__(self, sitting: Sitting, appending: Appending, sealing: Sealing, changes: int):
        """Take it with the tree before it, and how many changes the journal holds for it."""
        self.sitting = sitting
        self.appending = appending
        self.sealing = sealing
        self.changes = changes
