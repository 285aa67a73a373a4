"""Write the reference page of the command line from the command line itself."""

import sys
from collections.abc import Iterator

from typer.core import TyperCommand, TyperGroup

from api.cli import assembled

_WIDTH = 98
_HEAD = """# The command line

Made from the program itself by `python -m api.cli.reference`; a test holds the two equal.

People's verbs speak HTTP: they take `--url` (or `ALLOT_URL`) and a token from `ALLOT_TOKEN`; on
loopback in open mode `--as` (or `ALLOT_AS`) says who acts. Operators' verbs speak to the database
of `ALLOT_DATABASE_URL`, or to one of their own in `--data`.

Data goes to stdout, talk to stderr; bars are drawn on a terminal only, colours not under
`NO_COLOR`. A bare date is midnight UTC. A command that records asks first on a terminal, unless
`--yes`; one whose answer was lost is repeated by itself under the same key.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | refused by a rule, or a difference found |
| 2 | wrong usage, wrong fields |
| 3 | the ledger, or its database, cannot be reached |
| 4 | the record is broken |
| 5 | stale: what was looked at has changed since |
| 130 | interrupted |
"""


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its full name, in the order of the help."""
    yield from _below(assembled(), "allot")


def _below(command: object, name: str) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for part, inner in command.commands.items():
            yield from _below(inner, f"{name} {part}")
    elif isinstance(command, TyperCommand):
        yield name, command


def reference() -> str:
    """The whole page."""
    parts = [_HEAD]
    for name, command in commands():
        context = command.make_context(
            name, [], resilient_parsing=True, terminal_width=_WIDTH, max_content_width=_WIDTH
        )
        parts.append(f"## `{name}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
