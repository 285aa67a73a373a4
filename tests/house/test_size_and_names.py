"""The house rules of size, names and what may be left lying about, kept by a test."""

import ast
import re

from tests.house.tree import modules, texts, tracked

LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 50
EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "service", "services"}
EMPTY_NAMES = {"data", "info"}
TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "Dockerfile", "LICENSE", "README.md", "api",
    "docker-compose.yml", "docs", "ledger", "projections", "pyproject.toml", "requirements.lock",
    "tests",
}  # fmt: skip
# One letter of each stands in brackets so that this file does not find itself.
LEFT_OPEN = re.compile(r"\bTOD[O]\b|\bFIXM[E]\b|\bXX[X]\b|NotImplementedErro[r]")
SKIPS = re.compile(r"mark\.(?:ski[p]|xfai[l])|importorski[p]|(?:pytest|unittest)\.ski[p]")


def words(name: str) -> set[str]:
    """The words of a name in snake or camel case, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_a_module_fits_on_a_few_screens() -> None:
    long = {str(path): text.count("\n") for path, text, _ in modules()}
    assert {path: n for path, n in long.items() if n > LINES_OF_A_MODULE} == {}


def test_a_function_fits_on_one_screen() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path, _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(path) for path, _, tree in modules() if not ast.get_docstring(tree)]
    assert silent == []


def test_no_class_or_module_has_an_empty_name() -> None:
    empty: list[str] = []
    for path, _, tree in modules():
        named = [path.stem] if not path.stem.startswith("test_") else []
        named += [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        empty += [
            f"{path}: {name}"
            for name in named
            if words(name) & EMPTY_WORDS or name.lower() in EMPTY_NAMES
        ]
    assert empty == []


def test_nothing_is_left_open() -> None:
    found = [
        f"{path}:{number}"
        for path, text in texts(".py", ".sql", ".html", ".toml", ".yml")
        for number, line in enumerate(text.splitlines(), start=1)
        if LEFT_OPEN.search(line)
    ]
    assert found == []


def test_the_one_reason_to_skip_stands_in_one_place() -> None:
    found = {str(path) for path, text in texts(".py") if SKIPS.search(text)}
    assert found == {"tests/support/shared.py"}


def test_the_top_level_holds_only_what_a_newcomer_expects() -> None:
    assert {path.parts[0] for path in tracked()} <= TOP_LEVEL
