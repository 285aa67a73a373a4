"""Every no that a door gives by itself, as `application/problem+json` (RFC 9457)."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import msgspec
import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from api.limits import LimitName
from ledger.log import LogUnavailable

MEDIA_TYPE: Final = "application/problem+json"
TYPE: Final = "urn:allot:problem:"

_log = structlog.get_logger()
_CODES: Final[Mapping[int, str]] = {
    400: "Malformed",
    401: "NotSignedIn",
    404: "NoSuchPlace",
    405: "MethodNotAllowed",
    413: "TooLarge",
    415: "WrongMediaType",
    422: "InvalidField",
    429: "TooManyRequests",
    500: "Broken",
    503: "Unavailable",
}


class FieldError(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, and where: an RFC 6901 pointer into the body, or a parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class ProblemBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The members of a problem that the doors give; refusals of the ledger have more."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    leg: int | None = None
    errors: tuple[FieldError, ...] = ()
    position: int | None = None


class Problem(Exception):
    """Raise it in any endpoint: it is answered as a problem document.

    `code` names the kind of problem, `detail` is one sentence for the caller. `headers` go with
    the answer (Retry-After, WWW-Authenticate, Allow). `limit` names the limit of `api.limits`
    that was reached, if any: it is counted.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        title: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors: tuple[FieldError, ...] = (),
        leg: int | None = None,
        position: int | None = None,
        limit: LimitName | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.title = title or spoken(code)
        self.headers = dict(headers or {})
        self.errors = errors
        self.leg = leg
        self.position = position
        self.limit: LimitName | None = limit

    def body(self) -> bytes:
        """The problem document."""
        return msgspec.json.encode(
            ProblemBody(
                type=TYPE + self.code,
                title=self.title,
                status=self.status,
                code=self.code,
                detail=self.detail,
                leg=self.leg,
                errors=self.errors,
                position=self.position,
            )
        )

    def response(self) -> Response:
        """The answer to send."""
        headers = dict(self.headers)
        if self.position is not None:
            headers["Allot-Position"] = str(self.position)
        return Response(self.body(), self.status, headers, MEDIA_TYPE)


def spoken(code: str) -> str:
    """A code as a title: `TooManyWaiting` is `Too many waiting`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", code).capitalize()


def malformed(detail: str, *, limit: LimitName | None = None) -> Problem:
    """400: what came cannot be read at all."""
    return Problem(400, "Malformed", detail, limit=limit)


def not_reflected_yet(detail: str) -> Problem:
    """A read that is to reflect a position, and does not in time: 503, ask again."""
    return Problem(503, "NotReflectedYet", detail, headers={"Retry-After": "1"})


def invalid(detail: str, *, parameter: str | None = None, pointer: str | None = None) -> Problem:
    """422: it can be read, and one field of it cannot be accepted."""
    error = FieldError(detail=detail, parameter=parameter, pointer=pointer)
    return Problem(422, "InvalidField", detail, errors=(error,))


_AT = re.compile(r" - at `\$(?P<path>[^`]*)`\Z")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>.*)`\Z", re.DOTALL)
_LEG = re.compile(r"/legs/(\d+)")
_SHOWN: Final = 400


def invalid_body(
    wrong: msgspec.ValidationError, explained: Callable[[str, str], str]
) -> Problem:  # fmt: skip
    """422 from what msgspec says, with its path as a JSON pointer and the leg it lies in.

    `explained` says the same, given msgspec's path, with what would have been taken.
    """
    said = str(wrong)
    found = _AT.search(said)
    path = found["path"] if found else ""
    detail = said[: found.start()] if found else said
    pointer = re.sub(r"\[(\d+)\]", r"/\1", path).replace(".", "/")
    unknown = _UNKNOWN.match(detail)
    if unknown is not None:
        name = unknown["field"][:_SHOWN]
        pointer += "/" + name.replace("~", "~0").replace("/", "~1")
    leg = _LEG.match(pointer)
    detail = detail if len(detail) <= _SHOWN else detail[:_SHOWN] + "..."
    detail = explained(detail, path)
    return Problem(
        422,
        "InvalidField",
        f"{detail} (at {pointer})" if pointer else detail,
        errors=(FieldError(detail=detail, pointer="#" + pointer),),
        leg=int(leg[1]) if leg else None,
    )


def answer_with_problems(app: FastAPI) -> None:
    """Make every failure of the app a problem document: its own, the framework's, a bug's."""
    app.add_exception_handler(Problem, _own)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _validation)
    other_release = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)
    for unavailable in (LogUnavailable, psycopg.OperationalError, PoolTimeout, *other_release):
        app.add_exception_handler(unavailable, _unavailable)
    app.add_exception_handler(Exception, _bug)


def answer_to(request: Request, error: Exception) -> Response:
    """The problem document that a failure is answered with; a bug is raised again."""
    match error:
        case Problem():
            return _answer(request, error)
        case LogUnavailable() | psycopg.OperationalError() | PoolTimeout():
            return _unavailable(request, error)
        case _:
            raise error


def count_limit(request: Request, problem: Problem) -> None:
    """Count the limit that a problem tells of."""
    if problem.limit is not None:
        request.app.state.metrics.reach(problem.limit)


def _own(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return _answer(request, error)


def _answer(request: Request, problem: Problem) -> Response:
    count_limit(request, problem)
    return problem.response()


def _framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    code = _CODES.get(status) or HTTPStatus(status).phrase.title().replace(" ", "")
    detail = _SENTENCES.get(status, str(error.detail)).format(
        method=request.method, path=request.url.path[:_SHOWN]
    )
    headers = {"Allow": _allowed(request)} if status == 405 else error.headers
    return Problem(status, code, detail, headers=headers).response()


_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def _allowed(request: Request) -> str:
    """What a path can be asked with: a read and a command may share it."""
    return ", ".join(
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


_SENTENCES: Final[Mapping[int, str]] = {
    404: "There is nothing at {path}: /docs lists what there is.",
    405: "{path} cannot be asked with {method}.",
}


def _validation(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = tuple(
        FieldError(detail=str(one["msg"])[:_SHOWN], parameter=str(one["loc"][-1])[:_SHOWN])
        for one in error.errors()
    )
    detail = "; ".join(f"{one.parameter}: {one.detail}" for one in errors)
    return Problem(422, "InvalidField", detail, errors=errors).response()


def _unavailable(request: Request, error: Exception) -> Response:
    _log.warning("answered 503", path=request.url.path, method=request.method, why=str(error))
    return _answer(request, unavailable(error))


def unavailable(error: BaseException) -> Problem:
    """503: what the database did not do, in words; a read that it gave up is not an outage."""
    retry = {"Retry-After": "1"}
    match error.__cause__ if isinstance(error, LogUnavailable) else error:
        case psycopg.errors.QueryCanceled():
            detail = "The read took too long and was ended: ask for less at once."
            return Problem(503, "ReadTooLong", detail, headers=retry, limit="read_time")
        case psycopg.errors.LockNotAvailable():
            detail = "What is read is locked, as while tables are made anew. Ask again."
            return Problem(503, "Locked", detail, headers=retry, limit="read_lock")
        case psycopg.errors.UndefinedTable() | psycopg.errors.UndefinedColumn():
            detail = "The read models are not those of this release: run `allot rebuild`."
            return Problem(503, "Unavailable", detail, headers=retry)
        case _:
            detail = "The database cannot be reached now. Ask again; a command by the same key."
            return Problem(503, "Unavailable", detail, headers=retry)


def cut_off() -> Problem:
    """503: the service ends before this is answered, and waits for it no longer."""
    detail = "The service stops and cannot wait for this. Ask again; a command by the same key."
    return Problem(503, "Unavailable", detail, headers={"Retry-After": "1"})


def _bug(request: Request, error: Exception) -> Response:
    _log.error("answered 500", path=request.url.path, method=request.method, exc_info=error)
    detail = "Something broke here."
    if request.method not in ("GET", "HEAD"):
        detail += " Whether it was recorded is unknown: ask again by the same key."
    return Problem(500, "Broken", detail).response()
