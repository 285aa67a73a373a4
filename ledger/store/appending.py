"""What is on its way into the log: a transaction that was sent as a whole, in one round trip."""

from collections.abc import Sequence
from uuid import UUID

import psycopg
from psycopg.errors import IntegrityError, SerializationFailure

from ledger.log import Overtaken, Receipt, Seal, StoredEvent
from ledger.store.batch import check_follows
from ledger.store.pipeline import Pipeline
from ledger.store.recorder import LedgerRecorder


def send(
    pipeline: Pipeline, recorder: LedgerRecorder, after: int, root: bytes, *,
    identity: UUID, events: Sequence[StoredEvent], receipts: Sequence[Receipt], seal: Seal | None,
) -> None:  # fmt: skip
    """Send all of it, and wait for nothing. See `ledger.log.Log.append`.

    Without BEGIN and COMMIT: what is sent up to one end is one transaction.
    """
    check_follows(after, events)
    recorder.record(pipeline, identity, events, receipts, seal, head=(after, root))
    pipeline.end()


def finish(pipeline: Pipeline) -> None:
    """Wait until all of it is stored. Raises Overtaken when nothing is, else psycopg.Error."""
    try:
        pipeline.finish()
    except (IntegrityError, SerializationFailure) as refused:
        if not pipeline.is_idle:
            raise psycopg.OperationalError("the connection was lost behind a refusal") from refused
        raise Overtaken(f"{type(refused).__name__}: {refused}".strip()) from refused
