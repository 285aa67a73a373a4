"""Words for reading in tests."""

from typing import Any

import httpx2
from fastapi.testclient import TestClient

Body = dict[str, Any]


def asked(lab: TestClient, path: str, **params: Any) -> httpx2.Response:
    """A read that is answered, up to everything that was recorded before."""
    head = lab.get("/v1/position").json()["head"]
    query = {name.rstrip("_"): value for name, value in params.items()}
    answer = lab.get(path, params={"min_position": head, **query})
    assert answer.status_code == 200, answer.text
    return answer


def read(lab: TestClient, path: str, **params: Any) -> Body:
    """Its body. `from_` stands for `from`, which Python keeps to itself."""
    return asked(lab, path, **params).json()


def rows(lab: TestClient, path: str, *fields: str, **params: Any) -> list[Any]:
    """Some fields of its items: the value of one, or tuples of several."""
    items = read(lab, path, **params)["items"]
    found = [tuple(item.get(field) for field in fields) for item in items]
    return [one[0] for one in found] if len(fields) == 1 else found
