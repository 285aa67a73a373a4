"""The page of a grant: what it owned and had in hand, what it lent, what was said of it, why."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from api.reads.shapes_of_grants import GrantAnswer, GrantStep
from api.web.charts import Figure, Layer, Run, figure
from api.web.due import finishing
from api.web.events import ALL
from api.web.grant_forms import OFFERED
from api.web.listing import state
from api.web.record import Record
from ledger.periods import FOREVER, MICROSECOND, Instant, open_end, shifted
from projections.holdings.changes import Change, Family
from projections.holdings.read import GrantFacts

MARGIN = timedelta(days=14)


class LoanOf(Struct, frozen=True, kw_only=True):
    """A loan made out of the grant, or the grant that this loan was made out of."""

    grant: str
    unit: str
    name: str
    quantity: int
    hold: int
    starts_at: Instant
    ends_at: Instant | None


def grant_page(record: Record, grant: GrantFacts) -> dict[str, object]:
    """The page at the record's clocks."""
    told = record.reads.grant(grant.grant)
    events = list(reversed(record.events.recent(ALL, grant=grant.grant)))
    name = record.names.get(grant.unit, grant.unit)
    unit_label = record.pool(grant.pool).unit_label
    made = events[0]
    return {
        "title": f"{grant.first:,} {unit_label} for {name}",
        "grant": grant,
        "told": told,
        "name": name,
        "unit_label": unit_label,
        "state": state(grant.start, told.own, record.valid_at),
        "offers": _offers(record, grant, told),
        "figure": _figure(told, grant.start, record.valid_at),
        "lender": _lender(record, told),
        "loans": _loans(record, told),
        "finishing": finishing(
            [
                one
                for one in record.reads.forecasts(pool=grant.pool, under=grant.unit).items
                if one.grant == grant.grant
            ],
            record.names,
            record.valid_at,
        ),
        "ahead": _ahead(record, grant),
        "names": record.names,
        "made": made,
        "rights": record.events.rights(made.authority),
        "why": record.reads.why(grant.grant).chain,
        "events": events,
    }


def _offers(record: Record, grant: GrantFacts, told: GrantAnswer) -> list[tuple[str, str]]:
    """What can be done with a grant that has not ended: a loan is not moved or lent on."""
    if grant.end <= record.valid_at:
        return []
    of_loan = () if told.lender is None else ("reallocate", "lend")
    return [(do, label) for do, label in OFFERED.items() if do not in of_loan]


def _figure(told: GrantAnswer, start: Instant, at: Instant) -> Figure:
    """What is in hand as an area, and what is owned as a line above where some of it is lent."""
    in_hand = tuple(_run(step, step.hold) for step in told.steps)
    layers = [Layer(label="in hand", colour="s1", runs=in_hand)]
    if any(step.own != step.hold for step in told.steps):
        owned = tuple(_run(step, step.own) for step in told.steps)
        layers.append(Layer(label="owned", colour="ink", runs=owned, fill=False))
    shown = _window(told.steps, start, at)
    return figure("What this grant owns and has in hand over time", layers, shown, at)


def _run(step: GrantStep, quantity: int) -> Run:
    return Run(start=step.start, end=open_end(step.end), quantity=quantity)


def _lender(record: Record, told: GrantAnswer) -> LoanOf | None:
    """The grant that a loan was made out of."""
    if told.lender is None:
        return None
    of = record.reads.grant(told.lender)
    return LoanOf(
        grant=of.grant,
        unit=of.unit,
        name=record.names.get(of.unit, of.unit),
        quantity=of.quantity,
        hold=of.hold,
        starts_at=of.starts_at,
        ends_at=of.ends_at,
    )


def _loans(record: Record, told: GrantAnswer) -> tuple[LoanOf, ...]:
    return tuple(
        LoanOf(
            grant=one.grant,
            unit=one.unit,
            name=record.names.get(one.unit, one.unit),
            quantity=one.quantity,
            hold=one.hold,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
        )
        for one in told.loans
    )


def _ahead(record: Record, grant: GrantFacts) -> Sequence[Change]:
    """What is recorded to change what it has in hand, after the instant."""
    family = Family(record.family([grant.grant]))
    found = family.changes(shifted(record.valid_at, MICROSECOND), FOREVER)
    return [change for change in found if change.grant == grant.grant]


def _window(steps: Sequence[GrantStep], start: Instant, at: Instant) -> tuple[Instant, Instant]:
    # From a little before the first to a little after the last step, the instant asked included.
    edges = [start, at, *(step.start for step in steps)]
    edges += [step.end for step in steps if step.end is not None]
    return shifted(min(edges), -MARGIN), shifted(max(edges), MARGIN)
