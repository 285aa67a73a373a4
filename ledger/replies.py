"""What is said and kept without judging: answers given before, answers that nobody knows."""

from typing import Final

import msgspec

from ledger.asks import Answer, Ask, Put, may_record
from ledger.codec import encode
from ledger.events import Recorded
from ledger.log import Receipt, StoredEvent
from ledger.refusals import KeyReused
from ledger.refused import PROBLEM, RefusalBody, refused

NO_ANSWER: Final = 0
"""The status of a receipt that only keeps a key and a decision's id from being used anew."""
FATE_UNKNOWN: Final = "whether it was recorded is unknown. Ask again by the same key."
"""Of a command."""
NOTHING_RECORDED: Final = "nothing was recorded, as nothing is by asking so. Ask again."
"""Of a dry run, and of a plan."""


def kept(receipt: Receipt, ask: Ask, head: int) -> Answer:
    """What was answered to the key of an ask, or KeyReused (domain, rule 9)."""
    if receipt.fingerprint == ask.fingerprint:
        return Answer(
            status=receipt.status, body=receipt.body, position=receipt.position, replayed=True
        )
    known = "nobody knows its answer here" if receipt.status == NO_ANSWER else "for something else"
    return refused(KeyReused(f"The key {ask.key} was used before, {known}"), ask, head)


class Failure:
    """Why asks cannot be judged, or not be told how: what they are answered with instead."""

    def __init__(self, status: int, code: str, title: str) -> None:
        self._of_command: Final = _failed(status, code, title, FATE_UNKNOWN)
        self._of_look: Final = _failed(status, code, title, NOTHING_RECORDED)

    def told(self, ask: Put | None) -> Answer:
        """The answer to an ask, which tells of no position. None = nobody knows what was asked."""
        return self._of_command if ask is None or may_record(ask) else self._of_look


def _failed(status: int, code: str, title: str, then: str) -> Answer:
    detail = f"{title}: {then}"
    body = RefusalBody(type=PROBLEM + code, title=title, status=status, code=code, detail=detail)
    return Answer(status=status, body=msgspec.json.encode(body), position=0, code=code)


def key_alone(event: Recorded) -> Receipt:
    """The receipt of a decision whose answer is not known: its key and its id are used up.

    For the founding, and for an export that is restored without its receipts.
    """
    return Receipt(
        person=event.by,
        key=event.key,
        fingerprint=b"",
        status=NO_ANSWER,
        body=b"",
        position=event.position,
        decision=event.decision,
    )


def stored(event: Recorded) -> StoredEvent:
    """An event as the log keeps it."""
    topic = str(event.__struct_config__.tag)
    return StoredEvent(position=event.position, topic=topic, stored=encode(event))


UNAVAILABLE: Final = Failure(503, "Unavailable", "The database is unavailable")
ENDED: Final = Failure(503, "Unavailable", "The thread that decides has ended")
STOPPING: Final = Failure(503, "Unavailable", "The service is stopping")
BROKEN: Final = Failure(500, "Broken", "The ledger failed, and its log says how")
