"""The page of a grant: what it had in hand over time, what happened to it, by whose right."""

from collections.abc import Sequence
from datetime import timedelta

from api.web.charts import Layer, Run, figure
from api.web.events import ALL
from api.web.record import Record
from api.web.unit import state
from ledger.periods import FOREVER, Instant, shifted
from projections.holdings.read import GrantFacts, Step

MARGIN = timedelta(days=14)


def grant_page(record: Record, grant: GrantFacts) -> dict[str, object]:
    """The page at the record's clocks."""
    steps = record.steps(grant.grant)
    events = record.events.recent(ALL, grant=grant.grant)
    name = record.names.get(grant.unit, grant.unit)
    unit_label = record.pool(grant.pool).unit_label
    now = next((step.hold for step in steps if step.start <= record.valid_at < step.end), 0)
    runs = tuple(Run(start=step.start, end=step.end, quantity=step.hold) for step in steps)
    layer = Layer(label="in hand", colour="s1", runs=runs)
    shown = _window(steps, grant.start, record.valid_at)
    made = events[-1]
    return {
        "title": f"{grant.first:,} {unit_label} for {name}",
        "grant": grant,
        "name": name,
        "unit_label": unit_label,
        "quantity": now,
        "state": state(grant, now, record.valid_at),
        "figure": figure("What this grant has in hand over time", [layer], shown, record.valid_at),
        "steps": steps,
        "made": made,
        "rights": record.events.rights(made.authority),
        "events": events,
    }


def _window(steps: Sequence[Step], start: Instant, at: Instant) -> tuple[Instant, Instant]:
    # From a little before the first to a little after the last step, the instant asked included.
    edges = [start, at, *(step.start for step in steps)]
    edges += [step.end for step in steps if step.end != FOREVER]
    return shifted(min(edges), -MARGIN), shifted(max(edges), MARGIN)
