"""Audit search by reading: every event as plain JSON, looked through for what is asked.

Written without an index, tags or blocks, so that it errs differently than the read model.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ledger.codec import encode
from ledger.events import Event
from ledger.periods import Instant
from projections.history.flags import flags
from projections.history.search import Named, Search, Term, Within, Words

Members = Sequence[tuple[str, Instant, Instant]]
UNITS = ("unit", "parent", "merged_into", "to_unit")
ONE_OF = ("topic", "code", "decision", "key", "position")


class Reader:
    """Someone who has the whole log before them."""

    def __init__(self, events: Sequence[Event], members: Members) -> None:
        self.members = members
        self.told: list[dict[str, Any]] = []
        makers: dict[str, dict[str, Any]] = {}
        lenders: dict[str, str] = {}
        for event in events:
            told = json.loads(encode(event))
            facts = told["data"]
            about = facts.get("about", facts)
            subject = about.get("grant") or about.get("delegation")
            maker = makers.get(subject, {})
            named = [*found(facts, *UNITS)]
            pools = [*found(facts, "pool"), *(facts.get("pools") or ())]
            if maker:
                named += [maker.get("to_unit") or maker["unit"]]
                pools += [*found(maker, "pool"), *(maker.get("pools") or ())]
            for made in (facts.get("to_grant"), subject):
                if made is not None:
                    makers.setdefault(made, facts)
            if told["topic"] == "corrected.v1":
                said = said_of_move(facts)
                if "ends_at" in said and "grant" in said and "unit" not in said:
                    of = makers[said["grant"]]
                    named += [of.get("to_unit") or of["unit"]]
                    pools += [of["pool"]]
                elif made := said.get("to_grant") or said.get("grant"):
                    makers[made] = said
            lent = said_of_move(facts)
            if lent.get("loan"):
                lenders[lent["to_grant"]] = lent["legs"][0]["unit"]
            elif "to_grant" in lent:
                lenders.pop(lent["to_grant"], None)
            named += [lenders[grant] for grant in found(facts, "grant") if grant in lenders]
            words = re.findall(r"\w+", f"{told.get('reason', '')} {facts.get('text', '')}")
            told["units"], told["pools"] = set(named), set(pools)
            told["words"] = f" {' '.join(words)} ".casefold()
            told["grants"] = set(found(facts, "grant", "to_grant"))
            told["flags"] = set(flags(event))
            self.told.append(told)

    def find(self, search: Search) -> list[int]:
        """The positions that fit all terms; several of `ONE_OF` are one."""
        every = [term for term in search.terms if not _is_alternative(term)]
        any_of: dict[str, list[Term]] = {}
        for term in search.terms:
            if isinstance(term, Named) and _is_alternative(term):
                any_of.setdefault(term.name, []).append(term)
        return [
            told["position"]
            for told in self.told
            if all(self.fits(told, term) for term in every)
            and all(any(self.fits(told, one) for one in terms) for terms in any_of.values())
        ]

    def fits(self, told: dict[str, Any], term: Term) -> bool:
        """Whether an event fits one term."""
        return self._says(told, term) != term.negated

    def _says(self, told: dict[str, Any], term: Term) -> bool:
        match term:
            case Words(words=words):
                return f" {' '.join(words)} " in told["words"]
            case Within(clock=clock, start=start, end=end):
                return start <= told[f"{clock}_at"] < end
            case Named(name="under"):
                at = told["effective_at"]
                return any(u in told["units"] and s <= at < e for u, s, e in self.members)
            case Named(name="by", value=value):
                return value in (told["by"], told.get("on_behalf_of"))
            case Named(name=name, value=value) if f"{name}s" in told:
                return value in told[f"{name}s"]
            case Named(name="code", value=value):
                return told["reason_code"] == value
            case Named(name=name, value=value):
                return str(told[name]) == value


def _is_alternative(term: Term) -> bool:
    return isinstance(term, Named) and term.name in ONE_OF and not term.negated


def said_of_move(facts: dict[str, Any]) -> dict[str, Any]:
    """What an event says, itself or in the place of another one."""
    if "corrects" not in facts:
        return facts
    return (facts["replacement"] or facts["was"])["data"]


def found(facts: Any, *keys: str) -> Iterator[str]:
    """The texts that stand under some keys, however deep."""
    if isinstance(facts, list):
        for one in facts:
            yield from found(one, *keys)
    elif isinstance(facts, dict):
        for key, value in facts.items():
            if key in keys and isinstance(value, str):
                yield value
            yield from found(value, *keys)
