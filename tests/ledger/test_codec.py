"""The bytes of an event are RFC 8785 canonical JSON, and every version ever stored decodes."""

import json
from pathlib import Path

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.codec import canonical, decode, encode
from ledger.commands import AnyCommand
from ledger.events import TOPICS
from ledger.quantities import LARGEST
from tests.support.shared import shared

BODY = '{"do":"grant","pool":"p","unit":"u",%s}'
RECORDED = Path(__file__).resolve().parents[1] / "recorded"
names = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
plain = st.recursive(
    st.one_of(texts, st.integers(-LARGEST, LARGEST), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)
    ),
)  # fmt: skip


@given(plain)
def test_plain_values_are_written_as_an_independent_writer_has_them(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ["arrays", "french", "unicode"])
def test_the_public_vectors_without_fractions_come_out_as_published(name: str) -> None:
    folder = shared("vectors/jcs")
    value = json.loads((folder / "input" / f"{name}.json").read_text())
    assert canonical(value) == (folder / "output" / f"{name}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("written", [BODY % '"quantity":1.0', BODY % '"quantity":1,"é":1'])
def test_what_is_not_written_canonically_is_no_command(written: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(canonical(json.loads(written)), type=AnyCommand)


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_version_ever_stored_decodes_to_the_same_bytes(topic: str) -> None:
    stored = (RECORDED / f"{topic}.json").read_bytes()
    event = decode(stored)
    assert type(event) is TOPICS[topic]
    assert encode(event) == stored


def test_nothing_recorded_is_without_a_reader() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(TOPICS)
