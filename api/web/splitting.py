"""The form of a split: the siblings under a unit, what each may hold, and what there is to give."""

from collections.abc import Mapping

from api.reads.shapes_of_deciding import BudgetRow
from api.web.forms import WAS, Field, Form, Line, Sent, form
from api.web.record import Record
from api.web.rendering import quantity
from api.web.shares import SHARE

HEADS = ("Owned now", "In hand now", "Room", "Floor", "Amount", "Cap")


def split_form(record: Record, sent: Sent) -> Form:
    """Split a pool between the units under one. Problem 404 UnknownPool, UnknownUnit."""
    pool = record.pool(sent.text("pool")).pool
    parent = record.unit(sent.text("parent") or None)
    budgets = {one.unit: one for one in record.reads.budgets(pool=pool, under=parent.unit).items}
    siblings = [node for node, depth in record.tree.subtree(parent.unit) if depth == 1]
    held = _held(record, pool, [node.unit for node in siblings])
    lines = tuple(
        _line(node.unit, node.name, budgets.get(node.unit), held[node.unit]) for node in siblings
    )
    fields = (
        Field(name="effective_at", label="From", kind="date", says="empty: now"),
        Field(name="until", label="Until", kind="date", says="empty: until another split"),
        Field(
            name="reason", label="Because", kind="words", says="a smaller budget is given in words"
        ),
    )
    was = {f"{WAS}{line.unit}": "/".join(field.value for field in line.fields) for line in lines}
    return form(
        "split", f"Split {pool} below {parent.name}", record.position,
        {"pool": pool, "parent": parent.unit, **was}, fields, heads=HEADS, lines=lines,
        says=_says(record, pool, parent.name, budgets.get(parent.unit), budgets, siblings_of=lines),
    )  # fmt: skip


def _held(record: Record, pool: str, units: list[str]) -> Mapping[str, int]:
    below = {unit: record.below(unit) for unit in units}
    return {
        unit: sum(
            hold.quantity for hold in record.held if hold.pool == pool and hold.unit in below[unit]
        )
        for unit in units
    }


def _line(unit: str, name: str, budget: BudgetRow | None, in_hand: int) -> Line:
    stands = (None, None, None) if budget is None else (budget.floor, budget.amount, budget.cap)
    fields = tuple(
        Field(
            name=f"{what}:{unit}", label=f"{label} of {name}", kind="text",
            values=() if limit is None else (str(limit),),
        )
        for what, label, limit in zip(
            SHARE, ("Floor", "Amount", "Cap"), stands, strict=True
        )
    )  # fmt: skip
    figures = (None, in_hand, None)
    if budget is not None:
        figures = (budget.title, budget.inhand, budget.room)
    over = budget is not None and budget.over
    return Line(unit=unit, name=name, figures=figures, fields=fields, flag="over" if over else "")


def _says(
    record: Record,
    pool: str,
    name: str,
    budget: BudgetRow | None,
    budgets: Mapping[str, BudgetRow],
    *,
    siblings_of: tuple[Line, ...],
) -> str:
    """What there is to give, what is given already, and what is left of it."""
    given = sum(budgets[line.unit].amount or 0 for line in siblings_of if line.unit in budgets)
    if budget is not None and budget.amount is not None:
        whole, what = budget.amount, f"{name} is entitled to {quantity(budget.amount)}"
    elif pool in record.numbers:
        whole = record.numbers[pool].allocatable
        what = f"{name} has no amount of its own; {quantity(whole)} are allocatable"
    else:
        return f"{name} has no amount of its own."
    left = whole - given
    rest = f"{quantity(left)} left" if left >= 0 else f"{quantity(-left)} more than there is"
    return f"{what}; {quantity(given)} given to those below, {rest}."
