"""A lab with three levels of deciding: people with tokens, and pages they are signed in to."""

import re
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx2
from msgspec import Struct

from api.client import Client
from tests.cli.running import FOUNDER, Ledger
from tests.web.lab import H100

SECRET = "a secret that all sessions are sealed with"
VERA, HUGO, OLGA, LEO = "vera@lab", "hugo@lab", "olga@lab", "leo@lab"
"""Who leads the lab, who heads research, its operator, and who leads Vision."""
PETER, SUE, READER = "peter@lab", "sue@lab", "reader@lab"
"""An operator of products alone, another decider of the lab, and who has a token that reads."""
PEOPLE: Mapping[str, tuple[str, str]] = {
    VERA: ("decider", "lab"),
    SUE: ("decider", "lab"),
    HUGO: ("decider", "research"),
    OLGA: ("operator", "research"),
    PETER: ("operator", "products"),
    LEO: ("lead", "research/vision"),
    READER: ("decider", "lab"),
}


class Levels(Struct, frozen=True, kw_only=True):
    """The doors that ask for tokens, and the token of each person."""

    doors: Ledger
    tokens: Mapping[str, str]

    def head(self) -> int:
        """The position of the last event."""
        headers = {"Authorization": f"Bearer {self.tokens[VERA]}"}
        answer = httpx2.get(f"{self.doors.url}/v1/position", headers=headers, trust_env=False)
        return int(answer.json()["head"])

    def tell(self, person: str, path: str, **fields: object) -> dict[str, Any]:
        """Give a command as a program of that person would; returns what the first event says."""
        headers = {
            "Authorization": f"Bearer {self.tokens[person]}", "Idempotency-Key": str(uuid.uuid4()),
        }  # fmt: skip
        told = httpx2.post(
            f"{self.doors.url}/v1{path}", json=fields, headers=headers, trust_env=False, timeout=60
        )
        assert told.status_code in (201, 202), told.text
        body = told.json()
        return body if told.status_code == 202 else body["events"][0]["data"]


def furnish(lab: Ledger) -> dict[str, str]:
    """Make the units and the pool, give everybody their role, and return the token of each."""
    beginnings: list[tuple[str, dict[str, object]]] = [
        ("open_pool", {"pool": H100, "granule": 8}),
        ("change_capacity", {"pool": H100, "kind": "counted", "total": 256}),
        ("create_unit", {"unit": "research", "name": "Research", "kind": "division"}),
        ("create_unit", {"unit": "products", "name": "Products", "kind": "division"}),
        ("create_unit", {"unit": "research/vision", "name": "Vision", "parent": "research"}),
        ("create_unit", {"unit": "research/speech", "name": "Speech", "parent": "research"}),
        *(("delegate", {"to": to, "role": role, "unit": unit})
          for to, (role, unit) in PEOPLE.items()),
        ("delegate", {"to": OLGA, "role": "lead", "unit": "research/speech"}),
    ]  # fmt: skip
    tokens = {FOUNDER: token(lab, FOUNDER)}
    with Client(lab.url, token=tokens[FOUNDER]) as client:
        for do, fields in beginnings:
            reply = client.command(do, fields)
            assert reply.status == 201, reply.body
    return tokens | {person: token(lab, person) for person in PEOPLE}


def token(lab: Ledger, person: str) -> str:
    """A new token of a person; the reader's is good for reading alone."""
    scope = ("--scope", "read") if person == READER else ()
    made = lab.allot("tokens", "create", f"{person} at the page", person, *scope)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@contextmanager
def signed_in(levels: Levels, person: str) -> Generator[httpx2.Client]:
    """Yield a client with a session of that person, which says where it comes from as browsers do.

    It follows no redirection.
    """
    origin = {"Origin": levels.doors.url, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(
        base_url=levels.doors.url, headers=origin, trust_env=False, timeout=60
    ) as client:
        proof = hidden(client.get("/sign-in").text, "/sign-in")["csrf"]
        form = {"token": levels.tokens[person], "csrf": proof, "then": "/"}
        assert client.post("/sign-in", data=form).status_code == 303
        yield client


def hidden(page: str, action: str, name: str | None = None) -> dict[str, str]:
    """What a form that is sent carries and is not typed: the first of that address, or label."""
    sent = rf'<form[^>]*action="{action}" method="post".*?</form>'
    for form in re.findall(sent, page, re.DOTALL):
        if name is None or f'aria-label="{name}"' in form[: form.index(">")]:
            found = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
            return {unescape(key): unescape(value) for key, value in found}
    raise AssertionError(f"the page has no form {name or action}")
