"""The files of the project, as the tests of the house see them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parents[2]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def git(*arguments: str) -> str:
    """What git prints about this checkout."""
    run = subprocess.run(
        ["git", *arguments], cwd=TOP, check=True, stdout=subprocess.PIPE, text=True
    )
    return run.stdout


def tracked() -> list[Path]:
    """Every file in the index that is there, relative to the top."""
    names = git("ls-files", "-z").split("\0")
    return [Path(name) for name in names if name and (TOP / name).is_file()]


def texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """Path and text of the tracked files with one of these suffixes, or of all that hold text."""
    for path in tracked():
        if suffixes and path.suffix not in suffixes:
            continue
        content = (TOP / path).read_bytes()
        if b"\0" not in content:
            yield path, content.decode()


class Module(NamedTuple):
    """What a Python module of ours is made of: functions with the line of each and how many."""

    path: Path
    lines: int
    says: str | None
    functions: list[tuple[str, int, int]]
    classes: list[str]


@cache
def modules() -> tuple[Module, ...]:
    """Every Python module of ours, read once."""
    found: list[Module] = []
    for path, text in texts(".py"):
        tree = ast.parse(text, str(path))
        stated = list(statements(tree))
        module = Module(
            path=path,
            lines=text.count("\n"),
            says=ast.get_docstring(tree),
            functions=[
                (one.name, one.lineno, (one.end_lineno or 0) - one.lineno + 1)
                for one in stated
                if isinstance(one, FUNCTIONS)
            ],
            classes=[one.name for one in stated if isinstance(one, ast.ClassDef)],
        )
        found.append(module)
    return tuple(found)


def statements(inside: ast.AST) -> Iterator[ast.AST]:
    """Every statement, in whatever others it stands; what stands in expressions is passed over."""
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        within = getattr(inside, part, ())
        for one in within if isinstance(within, list) else ():
            yield one
            yield from statements(one)
