"""Give a command through the API and tell the person what became of it."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import msgspec
from msgspec import Struct

from api.cli.agreeing import agree
from api.cli.endings import USAGE, Ended, code_of, fate_of
from api.cli.options import Output
from api.cli.output import say, show_document, show_rows
from api.cli.verbs import Terms
from api.client import Client, Json, Reply
from api.replies import Problem
from api.unreachable import NoLedger


class Warned(Struct, frozen=True, kw_only=True):
    """Something to know about a command that passed."""

    code: str
    detail: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What a command recorded, or would."""

    decision: str | None = None
    position: int | None = None
    events: list[dict[str, Json]] = []
    warnings: list[Warned] = []
    needs: list[str] = []


def client_of(url: str, actor: str | None, via: str) -> Client:
    """A client for this person; the token is taken from ALLOT_TOKEN alone, never an argument."""
    token = os.environ.get("ALLOT_TOKEN", "").strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise Ended(USAGE, "ALLOT_TOKEN is no token: it has characters that none has.")
    return Client(url, token=token or None, actor=actor, via=via)


def give(do: str, fields: Mapping[str, Json], terms: Terms) -> None:
    """Give a command; on a terminal show first what it would do and ask. Raises Ended on a no."""
    if terms.key == "":
        # As from a variable that is not set: with a key of its own it would be recorded anew.
        raise Ended(USAGE, "--key is empty. Left out, the command gets a key of its own.")
    with client_of(terms.url, terms.actor, f"allot {do}") as client:
        if terms.dry_run:
            _tell(client.command(do, fields, dry_run=True), terms.form, dry_run=True)
            return
        if sys.stdin.isatty() and not terms.yes:
            judged = client.command(do, fields, dry_run=True)
            _tell(judged, Output.TABLE, dry_run=True)
            agree("Record this?")
        _tell(client.command(do, fields, key=terms.key), terms.form, dry_run=False)


def _tell(reply: Reply, form: Output, *, dry_run: bool) -> None:
    if reply.is_refusal:
        refuse(reply, form)
    if reply.status == 202:
        _tell_waiting(reply, form)
        return
    outcome = reply.read(Outcome)
    if outcome.position is None and not dry_run:
        raise NoLedger(reply.url, f"{reply.status} that names no position", reply.key)
    if form is Output.JSON:
        show_document(reply.body)
    else:
        show_rows([_line(event) for event in outcome.events], form, _LINE)
    for warned in outcome.warnings:
        say(f"warning: {warned.code}: {warned.detail}")
    if dry_run and outcome.needs:
        say("Dry run: it would wait for a second person; nothing is recorded.")
    elif dry_run:
        say("Dry run: it would pass; nothing is recorded.")
    elif reply.replayed:
        say(f"Already recorded up to position {outcome.position}: the first answer again.")
    else:
        say(f"Recorded up to position {outcome.position}.")


class _Waits(Struct, frozen=True):
    position: int
    proposal: str | None = None
    expires_at: str | None = None


def _tell_waiting(reply: Reply, form: Output) -> None:
    waits = reply.read(_Waits)
    if form is Output.JSON:
        show_document(reply.body)
    else:
        show_rows([{"proposal": waits.proposal, "expires_at": waits.expires_at}], form,
                  ("proposal", "expires_at"))  # fmt: skip
    say(f"Proposed at position {waits.position}: a second person is to confirm it.")


_LINE = ("position", "topic", "effective_at", "what", "reason")


def _line(event: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "position": event.get("position"),
        "topic": event.get("topic"),
        "effective_at": event.get("effective_at"),
        "what": _what(event.get("data")),
        "reason": event.get("reason"),
    }


_FIRST = ("kind", "pool", "unit", "to_unit", "quantity", "total", "legs", "steps", "ends_at")


def _what(data: Json) -> str:
    """An event's data as words for a table: what it is about first, nothing that is null."""
    named = msgspec.convert(data, dict[str, Json])
    if "corrects" in named:
        return _corrected(msgspec.convert(data, _Correction))
    order = [name for name in _FIRST if name in named]
    order += [name for name in named if name not in _FIRST]
    return ", ".join(
        _WORDED[name](named[name]) if name in _WORDED else f"{name} {_plain(named[name])}"
        for name in order
        if named[name] is not None
    )


class _Saying(Struct, frozen=True):
    effective_at: str
    data: dict[str, Json]


class _Correction(Struct, frozen=True):
    corrects: int
    topic: str
    was: _Saying | None
    replacement: _Saying | None


def _corrected(told: _Correction) -> str:
    """What a correction changes, field by field."""
    about = f"{told.topic} at {told.corrects}"
    if told.replacement is None:
        return f"{about} never happened"
    now = {"effective_at": told.replacement.effective_at, **told.replacement.data}
    if told.was is None:
        return f"{about} did happen: {_what(now)}"
    was: dict[str, Json] = {"effective_at": told.was.effective_at, **told.was.data}
    changed = [
        f"{name} {_plain(was.get(name))} -> {_plain(now.get(name))}"
        for name in dict.fromkeys((*was, *now))
        if was.get(name) != now.get(name)
    ]
    return f"{about}: {', '.join(changed)}"


def _legs(legs: Json) -> str:
    given = msgspec.convert(legs, list[_Leg])
    return f"from {' and '.join(f'{leg.unit} {leg.quantity}' for leg in given)}"


def _steps(steps: Json) -> str:
    told = msgspec.convert(steps, list[_Step])
    some = [f"{step.quantity} by {step.expected_at}" for step in told if step.quantity]
    return " and ".join(some) or "nothing expected"


class _Leg(Struct, frozen=True):
    unit: str
    quantity: int


class _Step(Struct, frozen=True):
    expected_at: str
    quantity: int


_WORDED: Mapping[str, Callable[[Json], str]] = {"legs": _legs, "steps": _steps}


def refuse(reply: Reply, form: Output = Output.TABLE) -> NoReturn:
    """End the command with a refusal: its words on stderr, its body on stdout when JSON is due."""
    if form in (Output.JSON, Output.JSONL) and "json" in reply.media:
        sys.stdout.write(reply.body.decode().rstrip("\n") + "\n")
    words = [*words_of(reply.problem)]
    if reply.in_doubt and reply.key is not None:
        words.append(fate_of(reply.key))
    raise Ended(code_of(reply), "\n".join(words))


def words_of(problem: Problem) -> Sequence[str]:
    """A refusal in plain words, with its arithmetic, who holds it and what comes next."""
    leg = "" if problem.leg is None else f" (leg {problem.leg})"
    lines = [f"{problem.code or problem.title}{leg}: {problem.detail}"]
    if problem.arithmetic:
        lines.append(
            "  "
            + ", ".join(f"{name} {_plain(value)}" for name, value in problem.arithmetic.items())
        )
    lines += [
        f"  from {step.get('at')}: {_plain(step.get('quantity'))} ({_plain(step.get('cause'))})"
        for step in problem.next or ()
    ]
    if problem.holders:
        held = [f"{one.get('unit')} {_plain(one.get('quantity'))}" for one in problem.holders]
        lines.append(f"  held most by {', '.join(held)}")
    if problem.offer:
        lines.append(f"  to wait for it: {_typed(msgspec.convert(problem.offer, _Offer))}")
    return lines


class _Offer(Struct, frozen=True):
    unit: str
    pools: list[str]
    quantity: int
    justification: str
    starts_at: str | None = None
    ends_at: str | None = None


def _typed(offer: _Offer) -> str:
    """The command line of a request to wait for what was refused."""
    words = ["allot", "request", offer.unit, str(offer.quantity)]
    for pool in offer.pools:
        words += ["--pool", pool]
    words += ["--at", offer.starts_at] if offer.starts_at else []
    words += ["--until", offer.ends_at] if offer.ends_at else []
    return shlex.join([*words, "--justification", offer.justification])


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
