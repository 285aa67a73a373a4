"""The files of the project, as the tests of the house see them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


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


def modules() -> Iterator[tuple[Path, str, ast.Module]]:
    """Path, text and syntax tree of every Python module of ours."""
    for path, text in texts(".py"):
        yield path, text, ast.parse(text, str(path))
