"""The lock, the constraints and what is installed are one set of versions, and name no address."""

import re
import tomllib
from importlib import metadata
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import TOP, git, texts, tracked

ENTRY = re.compile(
    r"^(\S[^\\\n]*?) *\\?\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)*)", re.MULTILINE
)
REGISTRIES = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.org|/simpl[e]/", re.IGNORECASE)
PLACES = re.compile(r"""(?:^|["'`\s=:(])/(?:work|root|tmp)(?=["'`/\s)]|$)""", re.MULTILINE)


def locked(*, runtime: bool = False) -> list[tuple[Requirement, str]]:
    """Each requirement of the lock with its hashes; at will only the part for a running ledger."""
    text = (TOP / "requirements.lock").read_text()
    part = text.split("\n# development\n")[0] + "\n" if runtime else text
    return [(Requirement(line), hashes) for line, hashes in ENTRY.findall(part) if line[0] != "#"]


def project() -> dict[str, Any]:
    """pyproject.toml, parsed."""
    return tomllib.loads((TOP / "pyproject.toml").read_text())


def names(requirements: list[str]) -> set[str]:
    """The canonical names of requirements written as text."""
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def test_the_lock_and_the_constraints_are_the_same_versions() -> None:
    constraints = [Requirement(t) for t in project()["tool"]["uv"]["constraint-dependencies"]]
    assert sorted(map(str, constraints)) == sorted(str(requirement) for requirement, _ in locked())


def test_every_locked_file_is_pinned_and_hashed() -> None:
    loose = [
        requirement.name
        for requirement, hashes in locked()
        if not hashes or [s.operator for s in requirement.specifier] != ["=="]
    ]
    assert locked()
    assert loose == []


def test_every_dependency_is_locked() -> None:
    declared = project()
    runtime = {canonicalize_name(requirement.name) for requirement, _ in locked(runtime=True)}
    everything = {canonicalize_name(requirement.name) for requirement, _ in locked()}
    extras = [t for texts in declared["project"]["optional-dependencies"].values() for t in texts]
    development = [t for t in declared["dependency-groups"]["dev"] if not t.startswith("allot")]
    assert names(declared["project"]["dependencies"]) <= runtime
    assert names(extras + development) <= everything


def test_what_is_installed_is_what_is_locked() -> None:
    wrong = {
        requirement.name: metadata.version(requirement.name)
        for requirement, _ in locked()
        if (requirement.marker is None or requirement.marker.evaluate())
        and metadata.version(requirement.name) not in requirement.specifier
    }
    assert wrong == {}


def test_the_lock_that_names_addresses_is_never_committed() -> None:
    assert "uv.lock" not in {str(path) for path in tracked()}
    assert git("check-ignore", "uv.lock").strip() == "uv.lock"


def test_no_file_names_the_address_of_a_package_registry() -> None:
    assert [str(path) for path, text in texts() if REGISTRIES.search(text)] == []


def test_no_file_names_a_place_on_one_machine() -> None:
    here = [str(path) for path, text in texts() if PLACES.search(text) or f"{TOP}/" in text]
    assert here == []
