"""Writes requirements.lock and the same versions as constraints into pyproject.toml.

`poe lock` keeps every version that is pinned and adds what is new; `poe lock --upgrade` takes the
newest of all. uv.lock names the address each file came from, so git ignores it; the two files
written here name none, and `uv run` on a fresh clone resolves to exactly these versions.
"""

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PROJECT = TOP / "pyproject.toml"
LOCK = TOP / "requirements.lock"
CONSTRAINTS = re.compile(r"^constraint-dependencies = \[\n(?:  .*\n)*\]\n", re.MULTILINE)
EXPORT = ("--frozen", "--no-emit-project", "--no-header", "--no-annotate", "--quiet")
HEADER = """\
# Every package with its exact version and the hashes of its files; written by `poe lock`.
# The part up to "# development" is what a running ledger needs.
"""


def uv(*arguments: str) -> str:
    """What uv prints, with its own complaints left on stderr."""
    run = subprocess.run(["uv", *arguments], cwd=TOP, check=True, stdout=subprocess.PIPE, text=True)
    return run.stdout


def entries(export: str) -> tuple[str, ...]:
    """The requirements of an export, each with its lines of hashes, in order."""
    return tuple(re.findall(r"^\S.*\n(?:\s+.*\n)*", export, re.MULTILINE))


def pin(entry: str) -> str:
    """`name==version`, with its marker if it has one, of an entry."""
    return entry.partition("\\")[0].partition("\n")[0].strip()


def constrain(pins: tuple[str, ...]) -> None:
    """Write the pins into [tool.uv] of pyproject.toml; no pins take the list away."""
    text = CONSTRAINTS.sub("", PROJECT.read_text())
    if pins:
        lines = "".join(f'  "{line.replace(chr(34), chr(39))}",\n' for line in pins)
        block = f"constraint-dependencies = [\n{lines}]\n"
        text = text.replace("[tool.uv]\n", f"[tool.uv]\n{block}", 1)
    PROJECT.write_text(text)


def main() -> None:
    """Resolve, write the lock, write the constraints."""
    upgrade = "--upgrade" in sys.argv[1:]
    if upgrade:
        constrain(())
    uv("lock", *(["--upgrade"] if upgrade else []))
    runtime = entries(uv("export", *EXPORT, "--no-default-groups"))
    development = entries(uv("export", *EXPORT, "--all-groups", "--all-extras"))
    known = {pin(entry).split(" ;")[0] for entry in runtime}
    rest = tuple(e for e in development if pin(e).split(" ;")[0] not in known)
    LOCK.write_text(f"{HEADER}{''.join(runtime)}# development\n{''.join(rest)}")
    constrain(tuple(sorted(pin(entry) for entry in (*runtime, *rest))))


if __name__ == "__main__":
    main()
