"""Prove that compute is found: a plan adds up, and what it ends in is judged as it says."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from api.client import Client, Json
from api.demo.asking import Disproved, answered
from api.demo.cast import ROOT

GRANULES: Final = 16


class _Pool(Struct, frozen=True, kw_only=True):
    pool: str
    granule: int


class _Pools(Struct, frozen=True, kw_only=True):
    items: list[_Pool]


class _Move(Struct, frozen=True, kw_only=True):
    tier: int
    quantity: int


class _Verdict(Struct, frozen=True, kw_only=True):
    code: str | None


class _Plan(Struct, frozen=True, kw_only=True):
    found: int
    missing: int
    moves: list[_Move]
    verdict: _Verdict | None
    decision: dict[str, Json] | None


def prove_plans(client: Client, pools: Iterable[str]) -> None:
    """Plan for the root in each pool, and try what that ends in. Raises Disproved."""
    granules = {one.pool: one.granule for one in answered(client, "/v1/pools").read(_Pools).items}
    for pool in pools:
        quantity = GRANULES * granules[pool]
        asked: dict[str, Json] = {
            "pool": pool, "quantity": quantity, "unit": ROOT, "by": "1970-01-01T00:00:00Z",
        }  # fmt: skip
        reply = client.ask("/v1/plans", asked)
        if reply.status != 200:
            raise Disproved(f"a plan in {pool} is answered with {reply.status}")
        plan = reply.read(_Plan)
        _adds_up(pool, quantity, plan)
        if plan.decision is None or plan.verdict is None:
            continue
        tried = client.command("decision", plan.decision, dry_run=True)
        code = tried.problem.code if tried.is_refusal else None
        if code != plan.verdict.code:
            raise Disproved(f"a plan in {pool} is judged {plan.verdict.code}, and then {code}")


def _adds_up(pool: str, quantity: int, plan: _Plan) -> None:
    tiers = [move.tier for move in plan.moves]
    given = sum(move.quantity for move in plan.moves)
    if given != plan.found or plan.found + plan.missing != quantity or tiers != sorted(tiers):
        raise Disproved(f"a plan in {pool} does not add up: {plan}")
