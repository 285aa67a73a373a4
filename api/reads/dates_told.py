"""Dated steps as the calendar says them, with the fact that each follows from."""

from collections.abc import Iterator, Sequence

from api.reads.dates import KINDS, Foreseen, Step
from api.reads.entries import Counting, Source, kind_of, sentence, source_of
from api.reads.look import Look
from api.reads.matters import Matter
from api.reads.shapes_of_outlook import DueRow
from ledger.periods import FOREVER
from projections.capacity.read import Dated
from projections.holdings.changes import Change
from projections.holdings.told import Told, ends_said, told
from projections.organisation import read as organisation


def rows(look: Look, known_at: int, steps: Sequence[Step]) -> Iterator[DueRow]:
    """Steps as the calendar says them."""
    changes = [one for one in steps if isinstance(one, Change)]
    said = _said(look, known_at, changes)
    ends = ends_said(said)
    counting = {
        one.pool: Counting(one.pool, one.unit_label)
        for one in organisation.pools(look.connection, valid_at=FOREVER, known_at=known_at)
    }
    for step in steps:
        match step:
            case Change():
                yield _of_grant(step, source_of(step, said, ends), counting[step.pool])
            case Dated():
                yield _of_capacity(step, counting[step.pool])
            case Foreseen():
                yield _of_forecast(step, counting[step.pool])
            case Matter():
                yield step.row


def _said(look: Look, known_at: int, changes: Sequence[Change]) -> dict[int, Told]:
    grants = {one.grant for one in changes}
    return told(look.connection, sorted(grants), known_at) if grants else {}


def _of_grant(change: Change, source: Source, counting: Counting) -> DueRow:
    return DueRow(
        at=change.at,
        kind=KINDS[change.kind],
        pool=change.pool,
        unit=change.unit,
        grant=change.grant,
        quantity=abs(change.quantity),
        position=source.position,
        sentence=sentence(change, kind_of(change, source), source, counting),
    )


def _of_capacity(step: Dated, counting: Counting) -> DueRow:
    amount = counting.amount(step.amount)
    if step.kind == "headroom":
        words = f"{amount} stay free as headroom"
    else:
        words = f"{amount} {'is' if step.amount == 1 else 'are'} {step.kind}"
    return DueRow(
        at=step.at,
        kind="capacity",
        pool=step.pool,
        quantity=step.amount,
        position=step.position,
        sentence=words,
    )


def _of_forecast(step: Foreseen, counting: Counting) -> DueRow:
    amount = counting.amount(step.quantity)
    is_late = step.kind == "forecast_overdue"
    return DueRow(
        at=step.at,
        kind=step.kind,
        pool=step.pool,
        unit=step.unit,
        grant=step.grant,
        quantity=step.quantity,
        position=step.position,
        sentence=f"{step.unit} was expected to give {amount} back and has not"
        if is_late
        else f"{step.unit} is expected to give {amount} back",
    )
