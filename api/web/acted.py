"""What came of a form, as a page says it: the verdict, the form once more, and where it leads."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from api.problems import Problem
from api.web.answered import Verdict, refused, verdict
from api.web.catching_up import Late
from api.web.confirming import Confirming
from api.web.facts import EventRow
from api.web.forms import Form, Sent
from api.web.offered import form_for
from api.web.record import Record
from api.web.rendering import address
from api.web.typed import is_as_it_was
from api.web.wrongs import in_words, wrong_field
from ledger.asks import Answer

_ANEW: Final = ("csrf", "key", "seen", "step", "tried_as")
"""What a page that shows an answer says anew of a form; all else it hands on as it came."""


class Lead(Struct, frozen=True):
    """Where a page leads on to."""

    href: str
    says: str


class Tried(Struct, frozen=True, kw_only=True):
    """What came of a form: the ledger's answer, or what was wrong with it before it was asked.

    `news` were recorded about the same request after the person looked: then it was only tried.
    Of what is `wrong`, they are told all the same; `fields` are those of the command that was made
    of the form, if one could be made.
    `key` is the idempotency key under which it is recorded next, by whom it was `tried_as`.
    """

    fields: Mapping[str, object] | None = None
    answer: Answer | None
    wrong: Problem | None
    news: tuple[EventRow, ...]
    confirming: Confirming | None
    key: str
    tried_as: str


def looked_at(sent: Sent) -> int | None:
    """The position of the page that a form stood on; None when it says none that can be read."""
    try:
        return sent.whole("seen", "The position that was looked at")
    except Problem:
        return None


def verdict_on(tried: Tried, record: Record) -> Verdict:
    """What was answered, or refused before the ledger was asked, in the words of the page."""
    if tried.wrong is not None:
        return refused(tried.wrong)
    if tried.answer is None:
        raise LookupError("a form was neither read nor refused")
    return verdict(tried.answer, record.events)


def view_of(
    record: Record, sent: Sent, tried: Tried, found: Verdict, late: Late | None
) -> dict[str, object]:
    """All that the page says. `late` when the record does not show yet what is recorded."""
    do = sent.text("do")
    is_over = found.kind in ("recorded", "waits")
    form = None if is_over else form_for(record, do, sent)
    if form is not None and tried.wrong is not None:
        wrong = wrong_field(tried.wrong, tried.fields)
        found = replace(found, detail=in_words(tried.wrong, wrong, form))
        form = _still(_filled(form, sent, wrong), sent)
    elif form is not None:
        form = _filled(form, sent, None)
    rights = dict.fromkeys(one for said in found.said for one in said.authority)
    return {
        "title": _TITLES[found.kind],
        "verdict": found,
        "form": form,
        "hidden": [
            *(pair for pair in sent.items() if pair[0] not in _ANEW),
            ("key", tried.key),
            ("tried_as", tried.tried_as),
        ],
        "seen": record.position if tried.answer is None else tried.answer.position,
        "news": tried.news,
        "rights": record.events.rights(tuple(rights)),
        "confirming": tried.confirming,
        "leads": _leads(do, sent, found, late),
        "late": late if is_over else None,
        "names": record.names,
    }


def _filled(form: Form, sent: Sent, wrong: str | None) -> Form:
    return form.filled(sent, wrong, lambda name: is_as_it_was(sent, name))


def _still(form: Form, sent: Sent) -> Form:
    """A form that could not be read, on the page it was opened on.

    What was recorded since has not been weighed by who sent it: the next try has to tell it.
    """
    seen = looked_at(sent)
    return form if seen is None else replace(form, seen=seen)


def _leads(do: str, sent: Sent, found: Verdict, late: Late | None) -> Sequence[Lead]:
    """Where to go on: to what a form was about, as it is once this is reflected.

    As it is now where nobody feeds the read models: a page would wait in vain.
    """
    is_awaited = found.position is not None and (late is None or late.is_fed)
    after = {"min_position": found.position} if is_awaited else {}
    leads: list[Lead] = []
    if found.proposal is not None:
        href = address("/proposal", {"proposal": found.proposal, **after})
        leads.append(Lead(href, "The proposal"))
    if do == "grant" and found.kind == "recorded" and found.makes is not None:
        leads.append(Lead(address("/grant", {"grant": found.makes, **after}), "The grant"))
    if sent.text("grant"):
        leads.append(Lead(address("/grant", {"grant": sent.text("grant"), **after}), "The grant"))
    request = found.makes if do == "request" and found.kind == "recorded" else sent.text("request")
    if request:
        leads.append(Lead(address("/request", {"request": request, **after}), "The request"))
    if do == "decision":
        href = address("/unit", {"unit": sent.text("unit"), **after})
        leads.append(Lead(href, sent.text("unit")))
    if do == "split":
        href = address("/unit", {"unit": sent.text("parent"), **after})
        leads.append(Lead(href, f"Budgets of {sent.text('parent')}"))
    if sent.text("proposal"):
        href = address("/proposal", {"proposal": sent.text("proposal"), **after})
        leads.append(Lead(href, "The proposal"))
    return leads


_TITLES: Final = {
    "would": "This is what will be recorded",
    "recorded": "Recorded",
    "waits": "It waits for a second person",
    "refused": "Refused",
}
