"""GET /v1/proposals: what waits for a second person, and what became of what did."""

from typing import Final

import msgspec
from msgspec import UNSET

from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found, paged
from api.reads.shapes_of_deciding import ProposalRow, ProposalsPage
from projections.proposals.read import STATUSES, Proposal, Status, proposals

ANY: Final = "any"
_command: Final = msgspec.json.Decoder(dict[str, object])


def find(look: Look, asked: Asked) -> Found:
    """Proposals in the order made."""
    clocks = look.clocks(asked)
    name = asked.one_of("status", (ANY, *STATUSES))
    status: Status | None = next((one for one in STATUSES if one == name), None)
    after = asked.cursor.after[0] if asked.cursor else 0
    found = proposals(
        look.connection,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        status=status,
        after=int(after),
        limit=asked.limit + 1,
    )
    items, last = paged(map(_row, found), lambda row: (row.position,), asked)
    answer = ProposalsPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=last)


def _row(one: Proposal) -> ProposalRow:
    by = one.ended_by or UNSET
    return ProposalRow(
        proposal=one.proposal,
        command=_command.decode(one.command),
        by=one.by,
        proposed_at=one.recorded_at,
        needs=tuple(one.needs),
        expires_at=one.expires_at,
        status=one.status,
        position=one.position,
        confirmed_by=by if one.status == "confirmed" else UNSET,
        rejected_by=by if one.status == "rejected" else UNSET,
        ended=UNSET if one.ended is None else one.ended,
    )
