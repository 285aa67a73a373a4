"""Give the commands of a file of operations in its order, and stop where the ledger says no."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from api.cli.asking import words_of
from api.cli.endings import INTERRUPTED, UNREACHABLE, Ended
from api.cli.operations import Line, Operations, Wanted, made_before, wanted
from api.client import Client, Reply
from api.unreachable import Interrupted, Unreachable

_AGAIN: Final = (
    "Whether it was recorded is unknown."
    " To find out, import the file again: what is recorded stays, once."
)


class Brought(Struct, frozen=True, kw_only=True):
    """What became of one line: the reply to it, or to the pool or unit it needed."""

    line: Line
    key: str
    reply: Reply


class _Stored(Struct, frozen=True):
    """As much of the answer that was given to a key as tells yes from no."""

    status: int


def bring_in(
    client: Client,
    operations: Operations,
    *,
    source: str,
    keep_going: bool,
    at: Callable[[int], None],
) -> Iterator[Brought]:
    """Import line by line, each its own decision; ends after a refusal unless `keep_going`.

    A line whose stored answer is a refusal is tried anew. `at` hears how many lines are done.
    """
    present: set[tuple[str, str]] = set()
    for done, line in enumerate(operations.lines, start=1):
        brought = _line(client, operations.name, line, source, present)
        yield brought
        at(done)
        if brought.reply.is_refusal and not (keep_going and is_of_this_line(brought.reply)):
            return


@contextmanager
def told_to_repeat() -> Generator[None]:
    """Who loses an answer while the block runs is told to import again: lines keep their keys."""
    try:
        yield
    except Unreachable as lost:
        if lost.key is None:
            raise
        raise Ended(UNREACHABLE, f"{lost}\n{_AGAIN}") from lost
    except Interrupted as stopped:
        raise Ended(INTERRUPTED, _AGAIN) from stopped


def why_not(refusal: Reply) -> str:
    """A refusal in plain words, and what to do when it leaves open what became of the line."""
    words = words_of(refusal.problem)
    return "\n".join([*words, _AGAIN] if refusal.in_doubt else words)


def proposed(replies: Iterable[Reply]) -> str:
    """How many of these wait for a second person, to be said among what became of the others."""
    asked = [reply.replayed for reply in replies if reply.is_proposal]
    waiting, before = asked.count(False), asked.count(True)
    words = f", {waiting} wait for a second person" if waiting else ""
    return f"{words}, {before} proposed before" if before else words


def is_of_this_line(refusal: Reply) -> bool:
    """False for a no that every line would get: a wrong token, a ledger that is not ready."""
    return refusal.status != 401 and refusal.status < 500


_PRESENT = Reply(status=200, body=b"{}", position=None, replayed=True, media="application/json")


def _line(
    client: Client, name: str, line: Line, source: str, present: set[tuple[str, str]]
) -> Brought:
    for needed in made_before(line, name, source):
        identity = (needed.do, needed.makes or "")
        if identity in present:
            continue
        reply = make(client, needed)
        if reply.is_refusal:
            return Brought(line=line, key=needed.key, reply=reply)
        present.add(identity)
    asked = wanted(line, name, source)
    key, reply = give(client, asked)
    return Brought(line=line, key=key, reply=reply)


def make(client: Client, needed: Wanted) -> Reply:
    """Make a pool or unit unless it exists; the committer is asked, who lags behind nothing.

    One who may make none is refused whether it exists or not: then the read models are asked.
    """
    judged = client.command(needed.do, needed.fields, dry_run=True)
    if not judged.is_refusal:
        return give(client, needed)[1]
    if judged.problem.code == "AlreadyExists":
        return _PRESENT
    # Who may not make it is told so before it is looked for.
    return _PRESENT if judged.status == 403 and _is_there(client, needed, judged) else judged


def _is_there(client: Client, needed: Wanted, judged: Reply) -> bool:
    """Whether a pool or unit is in the read models, which have come as far as the committer had."""
    seen = {"min_position": judged.position, "limit": 1000}
    if needed.do == "create_unit":
        return not client.get("/v1/units", {**seen, "under": needed.makes}).is_refusal
    pools = client.pages("/v1/pools", seen)
    return any(page and any(one["pool"] == needed.makes for one in page.items) for _, page in pools)


def give(client: Client, asked: Wanted) -> tuple[str, Reply]:
    """Give a command under its key, or the first of #2, #3, ... that has no stored refusal.

    A key under which another command was refused has one as well: the file was put right since.
    """
    key, attempt = asked.key, 1
    reply = client.command(asked.do, asked.fields, key=key)
    while reply.is_refusal and (reply.replayed or _was_refused(client, key, reply)):
        attempt += 1
        key = f"{asked.key}#{attempt}"
        reply = client.command(asked.do, asked.fields, key=key)
    return key, reply


def renew(client: Client, asked: Wanted) -> tuple[str, Reply]:
    """Give a command as what was given last under its key, or the last of #2, #3, ..., or anew.

    For what may be said again otherwise: the same as said last is known, all else is said now.
    """
    key, attempt = asked.key, 1
    last = None
    while not client.get("/v1/receipts", {"key": key}).is_refusal:
        last, attempt = key, attempt + 1
        key = f"{asked.key}#{attempt}"
    if last is not None:
        reply = client.command(asked.do, asked.fields, key=last)
        if not (reply.is_refusal and (reply.replayed or reply.problem.code == "KeyReused")):
            return last, reply
    return key, client.command(asked.do, asked.fields, key=key)


def _was_refused(client: Client, key: str, reply: Reply) -> bool:
    """Whether a key that has another command's answer has a refusal: nothing is recorded by it."""
    if reply.problem.code != "KeyReused":
        return False
    # Never from a read model that lags behind: what it does not show yet would be recorded twice.
    stored = client.get("/v1/receipts", {"key": key})
    return not stored.is_refusal and stored.read(_Stored).status >= 400
