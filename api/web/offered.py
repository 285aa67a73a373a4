"""The forms that pages offer, each with what it has to know of the record."""

from collections.abc import Callable, Mapping
from typing import Final, get_args

from api.problems import Problem
from api.reads.shapes_of_asking import RequestAnswer
from api.web.clocks import short
from api.web.fields import BORROWED, CODES, OVERRIDES, of_units, pools_open, since, until, words
from api.web.forms import WAS, Field, Form, Sent, form
from api.web.grant_forms import GRANT_FORMS
from api.web.record import Record
from api.web.rendering import quantity
from api.web.splitting import split_form
from api.web.typed import GRANULE
from ledger.vocabulary import Priority

_PRIORITIES: Final = tuple((one, one) for one in get_args(Priority))
_ANSWERS: Final = (
    ("approved", "All of it"),
    ("partly", "A part of it"),
    ("deferred", "Not yet"),
    ("denied", "No"),
)
_AS_GRANTED: Final = (since(), until(), BORROWED, words())


def form_for(record: Record, do: str, sent: Sent) -> Form:
    """The form for a command about what was named. Problem 404 when there is none."""
    make = _FORMS.get(do)
    if make is None:
        raise Problem(404, "NoSuchPlace", f"There is no form for {do[:40]!r}.")
    return make(record, sent)


def ask_form(record: Record, sent: Sent) -> Form:
    """Ask for compute."""
    pools = pools_open(record)
    fields = (
        of_units(record, "unit", "For the unit"),
        Field(
            name="pools", label="Any of these pools would do", kind="some_of", choices=pools,
            values=(pools[0][0],) if len(pools) == 1 else (),
        ),
        Field(name="quantity", label="How much", kind="whole", is_required=True),
        Field(name="least", label="The least of use", kind="whole", says="empty: any"),
        since(), until(),
        Field(
            name="priority", label="Priority", kind="choice", choices=_PRIORITIES,
            values=("normal",), says="above normal counts once a decider says so",
        ),
        Field(name="justification", label="What for", kind="words", is_required=True),
    )  # fmt: skip
    return form("request", "Ask for compute", record.position, {}, fields).begun(sent)


def amend_form(record: Record, sent: Sent) -> Form:
    """Ask for something else."""
    asked = record.reads.request(sent.text("request"))
    stands = {
        "quantity": str(asked.quantity),
        "least": str(asked.least),
        "starts_at": short(asked.starts_at),
        "ends_at": "" if asked.ends_at is None else short(asked.ends_at),
        "priority": asked.asked_priority,
        "justification": asked.justification,
    }
    pools = pools_open(record, asked.pools)
    granules = {one.pool: one.granule for one in record.pools}
    fields = (
        Field(name="pools", label="Any of these pools would do", kind="some_of", choices=pools,
              values=asked.pools),
        Field(name="quantity", label="How much", kind="whole", says="more is asking anew",
              is_required=True),
        Field(name="least", label="The least of use", kind="whole", says="empty: any"),
        Field(name="starts_at", label="From", kind="date", is_required=True),
        until(),
        Field(name="priority", label="Priority", kind="choice", choices=_PRIORITIES),
        Field(name="justification", label="What for", kind="words", is_required=True),
    )  # fmt: skip
    fixed = {
        "request": asked.request,
        **{f"{GRANULE}{pool}": str(granules[pool]) for pool, _ in pools},
        f"{WAS}pools": " ".join(asked.pools),
        **{f"{WAS}{name}": text for name, text in stands.items()},
    }
    offered = form("amend_request", "Ask for something else", record.position, fixed, fields)
    return offered.begun(Sent({name: (text,) for name, text in stands.items()}))


def withdraw_form(record: Record, sent: Sent) -> Form:
    """Ask no longer."""
    asked = record.reads.request(sent.text("request"))
    fixed = {"request": asked.request}
    return form("withdraw_request", "Ask no longer", record.position, fixed, (words(),))


def answer_form(record: Record, sent: Sent) -> Form:
    """Answer a request."""
    asked = record.reads.request(sent.text("request"))
    awards = {one.pool: one for one in asked.awards}
    fields = [
        Field(name="outcome", label="The answer", kind="one_of", choices=_ANSWERS),
        *(
            Field(
                name=f"awarded:{pool}", label=f"Award of {pool}, in all", kind="whole",
                says=_stands(asked, awards[pool].awarded if pool in awards else 0,
                             awards[pool].granted if pool in awards else 0),
            )
            for pool in sorted({*asked.pools, *awards})
        ),
        Field(name="rest", label="Of a part, the rest", kind="choice",
              choices=(("", "waits"), ("closed", "is denied"))),
        Field(name="until", label="To be looked at again by", kind="date", says="empty: no date"),
        Field(name="priority", label="Priority that counts", kind="choice",
              choices=(("", "as it is"), *_PRIORITIES)),
        words(says="a denial, or less than before, is given in words"),
    ]  # fmt: skip
    fixed = {"request": asked.request}
    return form("decide_request", "Answer it", record.position, fixed, fields)


def appeal_form(record: Record, sent: Sent) -> Form:
    """Ask for another decider's answer."""
    asked = record.reads.request(sent.text("request"))
    fields = (words("Why another decider should look at it", is_required=True),)
    title = "Appeal the answer"
    return form("appeal", title, record.position, {"request": asked.request}, fields)


def grant_form(record: Record, sent: Sent) -> Form:
    """Grant what was awarded to a request, or without one what is free."""
    if not sent.text("request"):
        fields = (
            Field(name="pool", label="Pool", kind="choice", choices=pools_open(record)),
            Field(name="quantity", label="How much", kind="whole", is_required=True),
            of_units(record, "unit", "To the unit"),
            *_AS_GRANTED,
        )  # fmt: skip
        return form("grant", "Grant what is free", record.position, {}, fields).begun(sent)
    asked = record.reads.request(sent.text("request"))
    left = {one.pool: one.awarded - one.granted for one in asked.awards}
    pools = tuple(
        (pool, f"{pool}: {quantity(count)} awarded and not granted yet")
        for pool, count in left.items()
        if count > 0
    )
    first = next((count for count in left.values() if count > 0), 0)
    first = max(0, min(first, asked.quantity - asked.granted))
    fields = (
        Field(name="pool", label="Pool", kind="choice", choices=pools),
        Field(name="quantity", label="How much", kind="whole", values=(str(first),),
              is_required=True),
        Field(name="unit", label="To the unit", values=(asked.unit,), is_required=True,
              says="or one below it"),
        *_AS_GRANTED,
    )  # fmt: skip
    fixed = {"request": asked.request}
    offered = form("grant", "Grant what is awarded", record.position, fixed, fields)
    ends_at = "" if asked.ends_at is None else short(asked.ends_at)
    return offered.begun(Sent({"ends_at": (ends_at,)}))


def decision_form(record: Record, sent: Sent) -> Form:
    """Decide what a plan ends in, as one."""
    fixed = {name: sent.text(name) for name in ("legs", "unit", "pool", "request", "says")}
    fields = (
        Field(name="reason_code", label="Reason code", kind="choice", choices=CODES),
        words(is_required=True, says="who loses something reads it"), OVERRIDES,
    )  # fmt: skip
    given = {name: text for name, text in fixed.items() if text}
    return form("decision", "Decide it", record.position, given, fields, says=sent.text("says"))


def confirm_form(record: Record, sent: Sent) -> Form:
    """Carry out what another person proposed."""
    waiting = record.reads.proposal(sent.text("proposal"))
    fixed = {"proposal": waiting.proposal}
    return form("confirm", "Confirm it", record.position, fixed)


def close_form(record: Record, sent: Sent) -> Form:
    """Have a proposal wait no more."""
    waiting = record.reads.proposal(sent.text("proposal"))
    fields = (
        Field(
            name="outcome", label="It is", kind="one_of",
            choices=(
                ("rejected", "rejected, by another who may give the command"),
                ("withdrawn", f"withdrawn, by {waiting.by} who made it"),
            ),
        ),
        Field(name="reason_code", label="Reason code", kind="choice", choices=CODES),
        words(says="a rejection is given in words"),
    )  # fmt: skip
    fixed = {"proposal": waiting.proposal}
    return form("close_proposal", "Close it", record.position, fixed, fields)


def note_form(record: Record, sent: Sent) -> Form:
    """Put words beside an event: the reason that its maker still owes, for one."""
    position = sent.whole("position", "The position") or 0
    event = record.events.at([position]).get(position)
    if event is None:
        raise Problem(404, "UnknownPosition", f"Nothing is recorded at position {position}.")
    fields = (Field(name="text", label="In words", kind="words", is_required=True),)
    title = f"About event {quantity(position)}"
    fixed = {"position": str(position)}
    return form("note", title, record.position, fixed, fields, says=f"{event.sentence}.")


def _stands(asked: RequestAnswer, awarded: int, granted: int) -> str:
    said = [f"{quantity(asked.quantity)} asked"]
    said += [f"{quantity(awarded)} awarded so far"] if awarded else []
    said += [f"{quantity(granted)} granted"] if granted else []
    return ", ".join(said)


_FORMS: Final[Mapping[str, Callable[[Record, Sent], Form]]] = {
    "request": ask_form,
    "amend_request": amend_form,
    "withdraw_request": withdraw_form,
    "decide_request": answer_form,
    "appeal": appeal_form,
    "grant": grant_form,
    "split": split_form,
    "decision": decision_form,
    "confirm": confirm_form,
    "close_proposal": close_form,
    "note": note_form,
    **GRANT_FORMS,
}
