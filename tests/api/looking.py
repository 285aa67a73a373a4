"""Words for reading in tests."""

from typing import Any

import httpx2
from fastapi.testclient import TestClient

from api.reads.doors import READS
from tests.api.laboratory import MOVED

Body = dict[str, Any]

NEEDY = {one.path for one in READS if any(parameter.is_needed and parameter.where == "query"
                                         for parameter in one.parameters)}  # fmt: skip
"""Those that answer nothing unless they are told what about."""
LISTS = [one.path for one in READS if one.columns and one.path not in NEEDY]
AT_INSTANTS = ["/v1/holdings", "/v1/capacity", "/v1/pools", "/v1/units", "/v1/delegations",
               "/v1/rules", "/v1/budgets"]  # fmt: skip
EVERY = [*LISTS, "/v1/export?what=events", "/v1/export?what=holdings", "/v1/position"]


def asked(lab: TestClient, path: str, **params: Any) -> httpx2.Response:
    """A read that is answered, up to everything that was recorded before."""
    head = lab.get("/v1/position").json()["head"]
    answer = lab.get(path, params={"min_position": head, "wait_s": 60, **params})
    assert answer.status_code == 200, answer.text
    return answer


def read(lab: TestClient, path: str, **params: Any) -> Body:
    """Its body."""
    return asked(lab, path, **params).json()


def rows(lab: TestClient, path: str, *fields: str, **params: Any) -> list[Any]:
    """Some fields of its items: the value of one, or tuples of several."""
    items = read(lab, path, **params)["items"]
    found = [tuple(item.get(field) for field in fields) for item in items]
    return [one[0] for one in found] if len(fields) == 1 else found


def head_of(lab: TestClient) -> int:
    """The newest position."""
    return lab.get("/v1/position").json()["head"]


def some_grant(lab: TestClient) -> str:
    """The id of a grant."""
    return rows(lab, "/v1/holdings", "grant", group="grant", valid_at=MOVED)[0]
