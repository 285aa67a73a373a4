"""docs/reference/authority.md: who may what, where, written from what the core says."""

from collections.abc import Callable
from typing import Final

from tests.authority.house import ASKER, GIVER, PLACES, ROLES, at
from tests.authority.judged import Verdicts
from tests.authority.table import WHERE

HEAD: Final = """\
# Who may

Written by a run of the rules: each act was judged as each person, and this is what came of it. Do
not edit it: `python -m tests.authority` prints it anew. The acts are about a team, `vision`, that
stands under `research`, and about what stands beside it. A delegation over something below, over
something else, that ended or was revoked never does.

- *root*: a delegation over the root does; *above it*: one over the unit above the team (for acts on
  an empty unit, above that), or further up; *it*: one over the team, or further up; *other side*:
  one over the sibling, or further up; *either side*: one over any of the two; *2*: and a second
  person.
- **Bounds**: *pool*, it has to be of the pool; *most*, what it may do at once is bounded.
- **Leads it**: what becomes of it when the person leads the team besides: *2*, a second person is
  needed; *no*, it is refused.
- **No role**: who may without any.

| act | steward | decider | operator | lead | importer | auditor | bounds | leads it | no role |
|---|---|---|---|---|---|---|---|---|---|
"""
WORDS: Final = {
    "-": "", "root": "root", "parent": "above it", "it": "it", "other": "other side",
    "either": "either side", "any": "anywhere",
}  # fmt: skip
Said = Callable[[str], str]
"""What the core says of an act to a person."""


def page(verdicts: Verdicts) -> str:
    """The whole page."""
    acts = dict.fromkeys(act for act, _ in verdicts)
    return HEAD + "".join(f"| {' | '.join(_cells(act, verdicts))} |\n" for act in acts)


def _cells(act: str, verdicts: Verdicts) -> list[str]:
    def said(person: str) -> str:
        return verdicts[act, person]

    able = [role for role in ROLES if said(at(role, "root")) != "no"]
    without = [who for who in (ASKER, GIVER) if said(who) != "no"]
    return [
        act,
        *(_where(said, role) for role in ROLES),
        " ".join(_bounds(said, able)),
        _leading(said, able),
        ", ".join(without),
    ]


def _where(said: Said, role: str) -> str:
    """Where a role does, in a word; KeyError when the places have none."""
    found = {place: said(at(role, place)) for place in PLACES}
    places = frozenset(place for place, verdict in found.items() if verdict != "no")
    words = {where: WORDS[name] for name, where in WHERE.items()}
    return words[places] + (" 2" if "second" in found.values() else "")


def _bounds(said: Said, able: list[str]) -> list[str]:
    names = {"pool": "of another pool", "most": "of one at most"}
    return [
        name
        for name, narrower in names.items()
        if able and all(said(at(role, narrower)) == "no" for role in able)
    ]


def _leading(said: Said, able: list[str]) -> str:
    """What becomes of it when a decider or operator leads the unit as well."""
    words = {"second": "2", "no": "no"}
    changed = [
        words.get(said(at(role, "who leads it too")), "")
        for role in able
        if role != "lead" and said(at(role, "who leads it too")) != said(at(role, "root"))
    ]
    return changed[0] if changed else ""
