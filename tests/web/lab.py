"""A small lab for pages to show: who holds what, what ends, what starts, what was lost."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from api.client import Client, Json
from tests.cli.running import FOUNDER, Ledger

H100, A100 = "phoenix/h100", "tucson/a100"
LENT = "019ab000-0000-7000-8000-000000000001"
AHEAD = "019ab000-0000-7000-8000-000000000002"
LENDER = "019ab000-0000-7000-8000-000000000003"
LOAN = "019ab000-0000-7000-8000-000000000004"
MISDATED = "019ab000-0000-7000-8000-000000000005"
LINKS = (
    "https://tickets.example/4711?a=1&b=%22", "http://wiki.example/spring", "javascript:alert(1)",
    "<img src=x onerror=alert(1)>", "TICKET-12", "https:\\\\evil.example",
)  # fmt: skip
NAUGHTY = "<b>bold</b> & 'quoted' \"words\""


def day(days: int) -> str:
    """The midnight that lies so many days from now."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def furnish(client: Client) -> None:
    """Give the commands that make the lab."""
    for do, fields in commands():
        reply = client.command(do, fields)
        assert reply.status == 201, reply.body
    correct_the_date(client)


def correct_the_date(client: Client) -> None:
    """Say that a grant began a day before the day that was typed."""
    head = client.get("/v1/position").read(_Head).head
    grant = client.get(f"/v1/grants/{MISDATED}", {"min_position": head, "wait_s": 30})
    made = grant.read(_Made).made
    data = {"grant": MISDATED, "pool": H100, "unit": "product/old", "quantity": 8,
            "ends_at": None, "class": "guaranteed"}  # fmt: skip
    fields: dict[str, Json] = {
        "corrects": made, "reason": "The day was mistyped.",
        "replacement": {"effective_at": day(-4), "data": data},
    }  # fmt: skip
    reply = client.command("correct", fields)
    assert reply.status == 201, reply.body


class _Head(Struct, frozen=True, kw_only=True):
    head: int


class _Made(Struct, frozen=True, kw_only=True):
    made: int


def commands() -> Sequence[tuple[str, Mapping[str, Json]]]:
    """The lab's beginnings, in order."""
    words = {"reason_code": "project_started", "reason": "Agreed in the first round."}
    return [
        ("open_pool", {"pool": H100, "title": "H100 in Phoenix", "granule": 8,
                       "effective_at": day(-6)} | words),
        ("open_pool", {"pool": A100, "granule": 8}),
        ("change_capacity", {"pool": H100, "kind": "counted", "total": 256,
                             "effective_at": day(-6)} | words),
        ("change_capacity", {"pool": A100, "kind": "counted", "total": 64}),
        ("change_capacity", {"pool": H100, "kind": "headroom", "total": 16}),
        ("change_capacity", {"pool": H100, "kind": "lost", "quantity": 8, "reason": "Rack 12."}),
        ("create_unit", {"unit": "research", "name": "Research", "kind": "division",
                         "effective_at": day(-6)} | words),
        ("create_unit", {"unit": "product", "name": "Product", "kind": "division",
                         "effective_at": day(-6)} | words),
        ("create_unit", {"unit": "research/vision", "name": "Vision", "parent": "research",
                         "effective_at": day(-6)} | words),
        ("create_unit", {"unit": "research/speech", "name": "Speech", "parent": "research"}),
        ("create_unit", {"unit": "reasoning", "name": "Reasoning", "parent": "research"}),
        ("create_unit", {"unit": "product/agents", "name": NAUGHTY, "parent": "product"}),
        ("create_unit", {"unit": "product/old", "name": "Old team", "parent": "product",
                         "effective_at": day(-6)} | words),
        ("delegate", {"to": "ada@lab", "role": "lead", "unit": "research/vision", "most": 64}),
        ("grant", {"pool": H100, "unit": "research/vision", "quantity": 96, "grant": LENT,
                   "ends_at": day(40), "effective_at": day(-5), "refs": LINKS} | words),
        ("grant", {"pool": H100, "unit": "research/speech", "quantity": 64, "ends_at": day(9)}),
        ("grant", {"pool": H100, "unit": "product/agents", "quantity": 24, "borrowed": True,
                   "reason": NAUGHTY}),
        ("grant", {"pool": A100, "unit": "reasoning", "quantity": 64, "grant": LENDER}),
        ("grant", {"pool": H100, "unit": "product/agents", "quantity": 16, "grant": AHEAD,
                   "starts_at": day(20)}),
        ("release", {"pool": H100, "unit": "research/vision", "quantity": 32,
                     "effective_at": day(12), "reason": "The run winds down."}),
        ("reallocate", {"pool": H100, "from": [{"unit": "research/speech", "quantity": 16}],
                        "to": "reasoning", "effective_at": day(5), "reason": "Deadline."}),
        ("grant", {"pool": H100, "unit": "product/old", "quantity": 8, "grant": MISDATED,
                   "effective_at": day(-3)} | words),
        ("release", {"pool": H100, "unit": "product/old", "quantity": 8, "reason": "It ends."}),
        ("close_unit", {"unit": "product/old", "merged_into": "product/agents",
                        "reason_code": "reorganisation"}),
        ("note", {"about": {"unit": "reasoning"}, "text": "Counts on the tucson move."}),
        ("lend", {"pool": A100, "from": {"grant": LENDER}, "quantity": 16, "to": "product/agents",
                  "returns_at": day(15), "grant": LOAN, "reason": "For the week of the show."}),
        ("forecast", {"grant": LENT, "steps": [{"quantity": 24, "expected_at": day(25)}],
                      "confidence": "medium", "reason": "The second run may be short."}),
        ("pledge", {"to_unit": "research/vision", "pools": [H100], "share_bp": 4000,
                    "from": day(-5), "until": day(360), "reason": "Agreed for the year."}),
    ]  # fmt: skip


@contextmanager
def meanwhile(lab: Ledger, quantity: int) -> Generator[None]:
    """While it lasts, Speech holds so many more; when it is over, pages show that it does not."""
    fields = {"pool": H100, "unit": "research/speech", "quantity": quantity}
    with Client(lab.url, actor=FOUNDER) as client:
        assert client.command("grant", {**fields, "reason": "Meanwhile."}).status == 201
        try:
            yield
        finally:
            back = client.command("release", {**fields, "reason": "And back."})
            assert back.status == 201, back.body
            lab.get("/v1/holdings")
