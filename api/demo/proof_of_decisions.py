"""Prove that the invented laboratory shows who decided: budgets, who waits, a no and its words."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from api.client import Client, Json
from api.demo.asking import Disproved, answered
from api.demo.cast import DECIDERS, DIVISIONS, H100, HEAD
from api.demo.deciding import BEYOND, FULL, KEEPS
from api.demo.pledges import PLEDGED
from api.demo.requesting import AGENTS, ASSISTANT, DENIED, EVALUATION, FRAUD, REFUSED, ROBOTICS

WAITING: Final = ("awarded", "open", "appealed", "deferred")
"""What a request may be that still waits for something."""


class _Budget(Struct, frozen=True, kw_only=True):
    unit: str
    floor: int | None
    amount: int | None
    title: int
    promised: int


class _Budgets(Struct, frozen=True, kw_only=True):
    items: list[_Budget]


class _Request(Struct, frozen=True, kw_only=True):
    request: str
    unit: str
    status: str
    quantity: int
    awarded: int
    granted: int
    deciders: list[str]


class _Requests(Struct, frozen=True, kw_only=True):
    items: list[_Request]


class _Link(Struct, frozen=True, kw_only=True):
    what: str


class _Why(Struct, frozen=True, kw_only=True):
    sentences: list[str]
    chain: list[_Link]


class _Proposal(Struct, frozen=True, kw_only=True):
    by: str
    status: str
    command: dict[str, Json]
    confirmed_by: str | None = None


class _Proposals(Struct, frozen=True, kw_only=True):
    items: list[_Proposal]


class _Pledge(Struct, frozen=True, kw_only=True):
    pledge: str
    behind: str


class _Pledges(Struct, frozen=True, kw_only=True):
    items: list[_Pledge]


class _Event(Struct, frozen=True, kw_only=True):
    decision: str
    data: dict[str, Json]


class _Events(Struct, frozen=True, kw_only=True):
    items: list[_Event]


def prove_decisions(client: Client, said: Callable[[str], None]) -> None:
    """Ask for what the story tells of deciders and of who asked; raises Disproved."""
    _split(client)
    said("the divisions have their parts, research split its own, and one team keeps its floor")
    asked = {row.unit: row for row in _requests(client)}
    _queue(client, asked)
    said("the queue has what was awarded first, and says what still waits for what")
    _denied(client, asked)
    said("a no says why in words, and an appeal is answered by another decider")
    _granted(client, asked)
    said("a grant says which request it answers, and by whose right")
    _two_persons(client)
    said("a rule was confirmed by a second person, and a large grant waits for one")
    _within(client)
    said(f"what {FULL} borrowed beyond its amount became guaranteed with a larger one")
    _behind(client)
    said("a pledge stands behind what was promised")


def _split(client: Client) -> None:
    rows = answered(client, "/v1/budgets", pool=H100, limit=1000).read(_Budgets).items
    budgets = {row.unit: row for row in rows}
    parts = {unit: budgets[unit].amount for unit in DIVISIONS if unit in budgets}
    if set(parts) != set(DIVISIONS) or None in parts.values():
        raise Disproved(f"not every division has a part: {parts}")
    research = budgets["research"]
    if not 0 < research.promised <= (research.amount or 0):
        raise Disproved(f"research did not split its part: {research}")
    if not budgets[KEEPS].floor:
        raise Disproved(f"{KEEPS} has no floor")


def _queue(client: Client, asked: dict[str, _Request]) -> None:
    units = {row.unit: row for row in _requests(client, pool=H100, status="waiting")}
    if list(units)[0:1] != [ASSISTANT.unit] or asked[ASSISTANT.unit].status != "awarded":
        raise Disproved(f"what was awarded is not first in the queue: {list(units)}")
    cut = units[ASSISTANT.unit]
    if not 0 < cut.granted < cut.awarded < cut.quantity:
        raise Disproved(f"{ASSISTANT.unit} does not have a part: {cut}")
    kinds = {row.status for row in asked.values()}
    missing = {*WAITING, "denied", "fulfilled"} - kinds
    if missing:
        raise Disproved(f"no request is {', '.join(sorted(missing))}")


def _denied(client: Client, asked: dict[str, _Request]) -> None:
    for wish, reply in ((FRAUD, REFUSED), (ROBOTICS, DENIED)):
        why = _why(client, f"/v1/requests/{asked[wish.unit].request}/why")
        if not any(reply.words in sentence for sentence in why.sentences):
            raise Disproved(f"why {wish.unit} was denied is not told: {why.sentences}")
    appealed = asked[ROBOTICS.unit]
    if appealed.status != "appealed" or DECIDERS["research"] in appealed.deciders:
        raise Disproved(f"the appeal of {ROBOTICS.unit} is not another decider's: {appealed}")
    if asked[EVALUATION.unit].awarded == 0:
        raise Disproved(f"the appeal of {EVALUATION.unit} came to nothing")


def _granted(client: Client, asked: dict[str, _Request]) -> None:
    request = asked[AGENTS.unit].request
    made = answered(client, "/v1/history", topic="granted.v1", request=request).read(_Events).items
    if not made:
        raise Disproved(f"nothing was granted for the request of {AGENTS.unit}")
    why = _why(client, f"/v1/grants/{made[0].data['grant']}/why")
    told = {link.what for link in why.chain}
    if not {"grant", "decision", "request", "delegation"} <= told:
        raise Disproved(f"the grant for {AGENTS.unit} tells {sorted(told)} alone")


def _two_persons(client: Client) -> None:
    rows = answered(client, "/v1/proposals").read(_Proposals).items
    confirmed = [row for row in rows if row.status == "confirmed"]
    if [row.confirmed_by for row in confirmed] != [HEAD]:
        raise Disproved(f"no rule was confirmed by {HEAD}")
    waiting = [row for row in rows if row.status == "waiting"]
    if [row.command.get("do") for row in waiting] != ["grant"]:
        raise Disproved("no grant waits for a second person")


def _within(client: Client) -> None:
    moves = _events(client, topic="reallocated.v1", unit=FULL, order="desc", limit=50)
    own = [
        move
        for move in moves
        if move.data["to_unit"] == FULL and move.data["quantity"] == BEYOND
        and move.data["class"] == "guaranteed"
    ]  # fmt: skip
    splits = {split.decision for split in _events(client, topic="split-decided.v1", unit=FULL)}
    if not any(move.decision in splits for move in own):
        raise Disproved(f"what {FULL} borrowed did not become guaranteed with a split")


def _behind(client: Client) -> None:
    rows = answered(client, "/v1/pledges").read(_Pledges).items
    mine = [row for row in rows if row.pledge == PLEDGED]
    if not mine or float(mine[0].behind) <= 0:
        raise Disproved(f"no pledge is behind: {mine}")


def _requests(client: Client, **asked: str | int) -> Sequence[_Request]:
    return answered(client, "/v1/requests", limit=1000, **asked).read(_Requests).items


def _why(client: Client, path: str) -> _Why:
    return answered(client, path).read(_Why)


def _events(client: Client, **asked: str | int) -> Sequence[_Event]:
    return answered(client, "/v1/history", **asked).read(_Events).items
