"""The house rules of size, names and what may be left lying about, kept by a test."""

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

LOOPS = re.compile(r"\b(?:asyncio|uvloop|anyio)\.ru[n]\(|\brun_until_complet[e]\b")


def words(name: str) -> set[str]:
    """The words of a name in snake or camel case, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_a_module_fits_on_a_few_screens() -> None:
    long = {str(one.path): one.lines for one in modules() if one.lines > LINES_OF_A_MODULE}
    assert long == {}


def test_a_function_fits_on_one_screen() -> None:
    long = [
        f"{one.path}:{line} {name}"
        for one in modules()
        for name, line, lines in one.functions
        if lines > LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_is() -> None:
    assert [str(one.path) for one in modules() if not one.says] == []


def test_no_class_or_module_has_an_empty_name() -> None:
    empty: list[str] = []
    for one in modules():
        named = [one.path.stem] if not one.path.stem.startswith("test_") else []
        empty += [
            f"{one.path}: {name}"
            for name in named + one.classes
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


def test_no_test_runs_a_loop_in_the_thread_in_which_a_browser_may_run_one() -> None:
    found = [
        str(path)
        for path, text in texts(".py")
        if path.parts[0] == "tests" and "benchmarks" not in path.parts and LOOPS.search(text)
    ]
    assert found == []
