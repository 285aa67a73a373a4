"""A form that got no answer in time: all of it as it was sent, ready to be asked once more."""

from typing import Final

import msgspec
from fastapi import Request
from msgspec import Struct
from starlette.responses import Response

from api.problems import Problem, count_limit
from api.web.doorway import outside
from api.web.forms import Sent
from api.web.frame import render
from ledger.asks import Answer

UNANSWERED: Final = (429, 500, 503)
"""Nobody can tell yet what came of a form, or nobody looked at it: it may be asked again."""
RECORD: Final = "record"
"""The step of a form that is to be recorded."""


class _Failure(Struct, frozen=True, kw_only=True):
    title: str
    code: str
    detail: str


def unanswered(answer: Answer) -> Problem:
    """What the ledger says when it could not judge: no answer that a form could rest on."""
    said = msgspec.json.decode(answer.body, type=_Failure)
    retry = {"Retry-After": "1"} if answer.status == 503 else {}
    return Problem(answer.status, said.code, said.detail, title=said.title, headers=retry)


def ask_again(request: Request, sent: Sent, problem: Problem) -> Response:
    """The page that says why there is no answer and keeps what was typed, under the same key."""
    count_limit(request, problem)
    view = {
        "title": problem.title,
        "detail": problem.detail,
        "hidden": [pair for pair in sent.items() if pair[0] != "csrf"],
        "records": sent.text("step") == RECORD,
    }
    frame = outside(request, getattr(request.state, "person", None))
    page = render("again.html", frame, view, problem.status)
    page.headers.update(problem.headers)
    return page
