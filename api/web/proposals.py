"""The pages of proposals: what waits for a second person, who may confirm it, what it would do."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from api.web.answered import Verdict, verdict
from api.web.confirming import Confirming
from api.web.forms import Sent
from api.web.links import Ref, refs_of
from api.web.offered import form_for
from api.web.record import Record
from projections.proposals.read import STATUSES, Proposal, Status

ANY: Final = "any"
LISTED: Final = (*STATUSES, ANY)
USUAL: Final = STATUSES[0]
_command: Final = msgspec.json.Decoder(dict[str, object])


class ProposalRow(Struct, frozen=True, kw_only=True):
    """One proposal: what was asked for, by its name and in its fields."""

    proposal: Proposal
    does: str
    reason: str | None
    fields: Mapping[str, object]
    refs: tuple[Ref, ...]


def proposals_page(record: Record, status: str) -> dict[str, object]:
    """The list at the record's clocks, the newest first."""
    asked: Status | None = next((one for one in STATUSES if one == status), None)
    return {
        "title": "Proposals",
        "status": status,
        "statuses": LISTED,
        "rows": [row(one) for one in reversed(record.reads.proposals(asked))],
    }


def proposal_page(
    record: Record, proposal: str, confirming: Confirming | None
) -> dict[str, object]:
    """One proposal. `confirming` when it waits now: what the ledger says of confirming it."""
    found = record.reads.proposal(proposal)
    told = row(found)
    would: Verdict | None = None
    if confirming is not None and confirming.answer is not None:
        would = verdict(confirming.answer, record.events)
    named = Sent({"proposal": [found.proposal]})
    events = [found.position, *([] if found.ended is None else [found.ended])]
    return {
        "title": f"Proposed: {told.does}",
        "row": told,
        "one": found,
        "would": would,
        "confirming": confirming,
        "forms_offered": []
        if found.status != "waiting"
        else [form_for(record, do, named) for do in ("confirm", "close_proposal")],
        "events": [*record.events.at(events).values()],
    }


def row(one: Proposal) -> ProposalRow:
    """A proposal as it is listed."""
    fields = _command.decode(one.command)
    does = str(fields.pop("do")).replace("_", " ")
    refs = msgspec.convert(fields.pop("refs", ()), tuple[str, ...])
    reason = fields.get("reason")
    return ProposalRow(
        proposal=one,
        does=does,
        reason=reason if isinstance(reason, str) else None,
        fields={name: _text(value) for name, value in fields.items()},
        refs=refs_of(refs),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
