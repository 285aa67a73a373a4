"""Many texts are looked at together by another way than one alone, to the same end."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert

from ledger.periods import are_instants, from_micros, is_instant, to_instant
from ledger.quantities import Uuid, are_uuids
from ledger.terms import are_keys, demand_key

FAR = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""
uuids = st.uuids().map(str)
instants = st.one_of(st.integers(-62_135_596_800_000_000, FAR), st.integers(0, 4_000_000_000).map(
    lambda second: second * 1_000_000)).map(from_micros)  # fmt: skip


def is_uuid(text: str) -> bool:
    try:
        convert(text, Uuid)
    except ValidationError:
        return False
    return True


def is_key(text: str) -> bool:
    try:
        demand_key(text)
    except ValueError:
        return False
    return True


@st.composite
def spoilt(draw: st.DrawFn, good: st.SearchStrategy[str]) -> list[str]:
    """Some texts, perhaps with a few characters moved, lost, doubled or replaced."""
    whole = "\n".join(draw(st.lists(good, min_size=1, max_size=4)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(whole)))
        more = draw(st.sampled_from(["", "\n", "-", "a", "A", "0", "9", ":", ".", "T", "t", "é"]))
        whole = whole[:at] + more + whole[at + draw(st.integers(0, 2)) :]
    parts = whole.split("\n")
    if draw(st.booleans()) and len(parts) > 1:
        parts = ["\n".join(parts[:2]), *parts[2:]]
    return parts


@given(spoilt(uuids))
def test_many_uuids_are_told_as_each_is(texts: list[str]) -> None:
    assert are_uuids(texts) == all(map(is_uuid, texts))


@given(spoilt(instants))
def test_many_instants_are_told_as_each_is(texts: list[str]) -> None:
    assert are_instants(texts) == all(map(is_instant, texts))


@given(instants)
def test_an_instant_is_one_and_written_otherwise_is_none(text: str) -> None:
    assert is_instant(text)
    assert not is_instant(text.lower())
    assert not is_instant(text[:-1] + "+00:00")
    if "1970" <= text < "9999":
        assert to_instant(text) == text


@given(spoilt(st.text(st.characters(min_codepoint=32, max_codepoint=130), max_size=260)))
def test_many_keys_that_pass_at_once_pass_each(texts: list[str]) -> None:
    assert are_keys(texts) == all(is_key(one) and one.isascii() for one in texts)


def test_a_key_of_a_line_may_be_any_text() -> None:
    assert is_key("clé")
    assert not is_key("é" * 128)
    assert not is_key("a\0b")
