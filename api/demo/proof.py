"""Prove a running demo with real requests: its page, its reads, a command and what it leaves."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from api.client import Client, Json
from api.demo.asking import Disproved, answered
from api.demo.cast import OPERATOR, ROOT
from api.demo.proof_of_clocks import is_story, prove_clocks
from api.demo.proof_of_decisions import prove_decisions
from api.demo.proof_of_plans import prove_plans


class _Row(Struct, frozen=True, kw_only=True):
    pool: str
    allocatable: int
    held: int
    free: int
    overcommitted: int


class _Rows(Struct, frozen=True, kw_only=True):
    items: list[_Row]


class _Sum(Struct, frozen=True, kw_only=True):
    pool: str
    quantity: int


class _Sums(Struct, frozen=True, kw_only=True):
    items: list[_Sum]


class _Recorded(Struct, frozen=True, kw_only=True):
    position: int


class _Events(Struct, frozen=True, kw_only=True):
    items: list[dict[str, Json]]


def prove(url: str, said: Callable[[str], None]) -> None:
    """Ask the demo what it is there to show and report each proof; raises Disproved."""
    with Client(url, actor=OPERATOR, via="allot demo --check") as client:
        for path in (
            "/",
            "/calendar",
            "/flows",
            "/plan",
            "/differences",
            "/docs",
            "/openapi.json",
            "/livez",
            "/readyz",
            "/version",
            "/metrics",
        ):
            answered(client, path)
            said(f"{path} answers")
        pools = _conserved(client)
        _on_the_page(client, pools)
        _refused(client, pools)
        for pool in pools:
            said(f"{pool} stands on the page, adds up, and refuses more than it has")
        prove_plans(client, pools)
        said("compute is found with the least harm, and what is planned is judged the same")
        if is_story(client):
            prove_clocks(client, said)
            prove_decisions(client, said)
        _recorded(client)
        said("a note is recorded once, however often it is sent, and then read back")


def _conserved(client: Client) -> Mapping[str, _Row]:
    """Rule 1 on what two reads say: held + free = allocatable + overcommitted, and holdings."""
    rows = {row.pool: row for row in answered(client, "/v1/capacity").read(_Rows).items}
    sums = answered(client, "/v1/holdings", group="pool").read(_Sums).items
    held = {row.pool: row.quantity for row in sums}
    for pool, row in rows.items():
        if row.held + row.free != row.allocatable + row.overcommitted:
            raise Disproved(f"{pool} does not add up: {row}")
        if row.held != held.get(pool, 0):
            raise Disproved(f"{pool} holds {row.held}, but its holders {held.get(pool, 0)}")
    return rows


def _on_the_page(client: Client, pools: Mapping[str, _Row]) -> None:
    page = answered(client, "/").body.decode()
    for pool in pools:
        if pool not in page:
            raise Disproved(f"{pool} does not stand on the page")


def _refused(client: Client, pools: Mapping[str, _Row]) -> None:
    for pool, row in pools.items():
        much = {"pool": pool, "unit": ROOT, "quantity": (row.allocatable + 1) * 1024}
        reply = client.command("grant", much, dry_run=True)
        if reply.status != 409 or reply.problem.arithmetic is None:
            raise Disproved(f"more than {pool} has is answered with {reply.status}")


def _recorded(client: Client) -> None:
    note: dict[str, Json] = {"about": {"unit": ROOT}, "text": "The demo was checked"}
    first = client.command("note", note, key="demo:check")
    again = client.command("note", note, key="demo:check")
    if first.status != 201 or not again.replayed or again.body != first.body:
        raise Disproved(f"a note is answered with {first.status}, and again with {again.status}")
    position = first.read(_Recorded).position
    events = (
        answered(
            client, "/v1/history", unit=ROOT, topic="noted.v1", order="desc", min_position=position
        )
        .read(_Events)
        .items
    )
    if position not in [event.get("position") for event in events]:
        raise Disproved(f"the history of {ROOT} lacks position {position}")
