"""The page that finds compute: what is needed, whence it could come, and the decision to try."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from fastapi import APIRouter
from msgspec import Struct
from starlette.responses import Response

from api.decisions.parsing import parse_plan
from api.plans import planned
from api.problems import Problem
from api.web.answered import refused, verdict
from api.web.clocks import to_minute
from api.web.doorway import PageRoute
from api.web.fields import of_units, pools_open, until
from api.web.forms import Field, Form, Sent
from api.web.offered import form_for
from api.web.record import Record
from api.web.showing import View, Visiting, shown
from ledger.asks import Answer, Question
from ledger.facts import Via
from ledger.periods import from_datetime
from ledger.planning.shapes import Planned

router = APIRouter(route_class=PageRoute, include_in_schema=False)
NEEDED: Final = ("pool", "quantity", "unit", "by", "ends_at", "request", "avoid")
"""What is typed into the page, and stands in its address."""
_planned: Final = msgspec.json.Decoder(Planned)


class Found(Struct, frozen=True):
    """What came of it: a plan, or why there is none."""

    answer: Answer | None = None
    wrong: Problem | None = None

    @property
    def plan(self) -> Planned | None:
        """The plan, if there is one."""
        if self.answer is None or self.answer.status != 200:
            return None
        return _planned.decode(self.answer.body)


@router.get("/plan")
async def show_plan(visit: Visiting) -> Response:
    """Whence so much could come by a date. At another time than now nothing is planned."""
    asked = Sent({name: [text] for name, text in visit.kept.items() if name in NEEDED and text})
    found = Found()
    if asked.text("quantity") and asked.text("unit") and not visit.clocks.kept:
        try:
            plan = parse_plan(msgspec.json.encode(_typed(asked, visit.running.clock())))
            via = Via(tool="page", credential=visit.who.credential)
            question = Question(plan=plan, by=visit.who.person, via=via)
            found = Found(await planned(visit.running, visit.asked, question, 0))
        except Problem as problem:
            if problem.status != 422:
                raise
            found = Found(wrong=problem)
    return await shown(
        visit, "plan.html", "/plan", lambda record, _: plan_page(record, asked, found), asks=True
    )


def _typed(sent: Sent, now: datetime) -> dict[str, object]:
    """What was typed as a program would send it. Problem 422."""
    fields = {
        "pool": sent.text("pool"),
        "quantity": sent.whole("quantity", "How much"),
        "unit": sent.text("unit"),
        "by": sent.instant("by", "By") or from_datetime(now),
        "ends_at": sent.instant("ends_at", "Until"),
        "request": sent.text("request") or None,
        "avoid": sent.text("avoid").replace(",", " ").split() or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def plan_page(record: Record, asked: Sent, found: Found) -> View:
    """What the page shows: the fields, and the plan with the decision that it ends in."""
    plan = found.plan
    no = None
    if found.wrong is not None:
        no = refused(found.wrong)
    elif found.answer is not None and plan is None:
        no = verdict(found.answer, record.events)
    return {
        "title": "Find compute",
        "fields": _fields(record, asked),
        "no": no,
        "plan": plan,
        "decides": None if plan is None else _decision(record, plan),
        "names": record.names,
    }


def _fields(record: Record, asked: Sent) -> Sequence[Field]:
    """What can be typed, with what was."""
    pools = pools_open(record, (asked.text("pool"),))
    fields = (
        Field(name="pool", label="Pool", kind="choice", choices=pools),
        Field(name="quantity", label="How much", kind="whole", is_required=True),
        of_units(record, "unit", "For the unit"),
        Field(name="by", label="By", kind="date", says="empty: now"),
        until(),
        Field(name="request", label="For the request", says="its id, if there is one"),
        Field(name="avoid", label="Leave alone", says="units or grants, with blanks between"),
    )  # fmt: skip
    form = Form(do="plan", title="", key="", seen=record.position, fixed={}, fields=fields)
    return form.begun(asked).fields


def _decision(record: Record, plan: Planned) -> Form | None:
    """The form that tries what a plan ends in, and then has it recorded."""
    if plan.decision is None:
        return None
    sent = {
        "legs": msgspec.json.encode(plan.decision["legs"]).decode(),
        "unit": plan.unit,
        "pool": plan.pool,
        "request": plan.request or "",
        "says": f"{plan.found} of {plan.pool} for {plan.unit} by {to_minute(plan.by)}",
    }
    return form_for(record, "decision", Sent({name: [text] for name, text in sent.items()}))
