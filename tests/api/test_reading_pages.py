"""Every list comes in pages and in three forms, whole and as it was on the first page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reads.doors import READS
from api.reads.reading import Read
from tests.api.asking import command, furnish, note, problem, recorded
from tests.api.laboratory import BEGAN, LOST, MOVED, POOL, WHOLE
from tests.api.looking import LISTS, asked, read, rows, some_grant


def test_pages_lead_through_the_whole_list_as_it_was_on_the_first(reads: TestClient) -> None:
    position = furnish(reads)
    for unit in "abcdefg":
        command(reads, "/v1/units", {"unit": unit})
    position += 7
    page = read(reads, "/v1/units", limit=3, min_position=position)
    seen = [item["unit"] for item in page["items"]]
    recorded(command(reads, "/v1/units", {"unit": "bb"}))
    recorded(command(reads, "/v1/units", {"unit": "zz"}))
    while page["next"] is not None:
        page = read(reads, "/v1/units", cursor=page["next"], limit=2)
        assert page["known_at"] == position
        seen += [item["unit"] for item in page["items"]]
    assert seen == ["a", "b", "c", "d", "e", "f", "g", "lab", "reasoning", "vision"]
    assert "bb" in rows(reads, "/v1/units", "unit")


def test_a_page_has_a_hundred_rows_unless_told_otherwise(reads: TestClient) -> None:
    note(reads, "many", 101)
    page = read(reads, "/v1/history", topic="noted.v1")
    assert len(page["items"]) == 100
    last = read(reads, "/v1/history", cursor=page["next"])
    assert (len(last["items"]), last["next"]) == (1, None)


def test_the_link_of_a_page_leads_to_the_next_in_every_form(lab: TestClient) -> None:
    for form in ("json", "jsonl", "csv"):
        answer = asked(lab, "/v1/holdings", format=form, limit=1, valid_at=MOVED, under="lab")
        pages = [answer]
        while "next" in pages[-1].links:
            pages.append(lab.get(pages[-1].links["next"]["url"]))
            assert pages[-1].status_code == 200, pages[-1].text
        assert len(pages) == 4
        assert len({page.headers["Content-Type"] for page in pages}) == 1
        whole = asked(lab, "/v1/holdings", format=form, valid_at=MOVED, under="lab")
        if form == "jsonl":
            assert b"".join(page.content for page in pages) == whole.content
        assert "next" not in whole.links


@pytest.mark.parametrize(
    ("path", "field", "params"),
    [
        ("/v1/holdings", "parent", {"group": "parent", "valid_at": MOVED}),
        ("/v1/units", "unit", {"under": "product", "valid_at": MOVED}),
        ("/v1/series", "parent", {"group": "parent", **WHOLE}),
        ("/v1/flows", "to_unit", {"group": "parent", **WHOLE}),
        ("/v1/history", "position", {"under": "product"}),
    ],
)
def test_pages_of_a_past_by_the_tree_of_now_are_all_by_that_tree(
    lab: TestClient, path: str, field: str, params: dict[str, Any]
) -> None:
    """The last that was recorded is that a team moved: the past does not know it, and now does."""
    (moved,) = rows(lab, "/v1/history", "position", topic="unit-moved.v1")
    seen: dict[str, list[Any]] = {}
    for org in ("now", "then"):
        asked_of = {**params, "org": org, "known_at": moved - 1}
        page = read(lab, path, limit=1, **asked_of)
        found = list(page["items"])
        while page["next"] is not None:
            page = read(lab, path, limit=1, cursor=page["next"])
            found += page["items"]
        assert found == read(lab, path, **asked_of)["items"]
        seen[org] = [(one.get(field), one.get("quantity")) for one in found]
    assert seen["now"] != seen["then"]


@pytest.mark.parametrize("path", LISTS)
def test_every_list_comes_in_pages(lab: TestClient, path: str) -> None:
    params: dict[str, Any] = WHOLE if path in ("/v1/series", "/v1/flows") else {}
    whole = read(lab, path, **params)["items"]
    page = read(lab, path, limit=1, **params)
    seen = list(page["items"])
    while page["next"] is not None:
        page = read(lab, path, limit=1, cursor=page["next"], **params)
        assert len(page["items"]) == 1
        seen += page["items"]
    assert seen == whole


CLOCKS: dict[str, Any] = {
    "valid_at": MOVED, "from": BEGAN, "to": LOST, "until": LOST, "known_from": 12, "known_at": 20,
    "known_to": 20, "pool": POOL,
}  # fmt: skip
"""Every clock by its name; a pool for those that answer nothing without."""


@pytest.mark.parametrize("read_of", [one for one in READS if one.columns], ids=lambda one: one.name)
def test_a_page_with_its_clocks_named_is_the_same_bytes_for_ever(
    lab: TestClient, read_of: Read
) -> None:
    names = {one.name for one in read_of.parameters if one.where == "query"}
    # Where an instant may be named in two ways, both would have to agree.
    twice = {"from"} if {"from", "valid_at"} <= names else set[str]()
    params = {name: CLOCKS[name] for name in CLOCKS if name in names - twice}
    params |= {"under": "lab"} if read_of.name == "statement" else {}
    path = read_of.path.replace("{grant}", some_grant(lab))
    whole = read(lab, path, **params)[read_of.listed]
    first, again = (asked(lab, path, **params, limit=1) for _ in range(2))
    assert "immutable" in first.headers["Cache-Control"]
    assert (first.content, first.headers["ETag"]) == (again.content, again.headers["ETag"])
    assert first.headers.get("Link") == again.headers.get("Link")
    page, seen = first, list(first.json()[read_of.listed])
    while page.json()["next"] is not None:
        page = asked(lab, path, limit=1, cursor=page.json()["next"])
        assert "immutable" in page.headers["Cache-Control"]
        seen += page.json()[read_of.listed]
    assert seen == whole


@pytest.mark.parametrize("by_time", [False, True])
def test_what_is_recorded_later_changes_nothing_of_a_page_that_stays(
    reads: TestClient, *, by_time: bool
) -> None:
    position = furnish(reads)
    for unit in "abc":
        recorded(command(reads, "/v1/units", {"unit": unit}))
    recent = read(reads, "/v1/history", limit=1000)["items"]
    at = next(one["recorded_at"] for one in recent if one["position"] == position + 3)
    clocks = {"valid_at": at, "known_at": at if by_time else position + 3}
    pages: list[tuple[bytes, str, list[str]]] = []
    for unit in ("aa", "d"):
        recorded(command(reads, "/v1/units", {"unit": unit}))
        page = asked(reads, "/v1/units", limit=2, **clocks)
        assert "immutable" in page.headers["Cache-Control"]
        given, seen = page, [one["unit"] for one in page.json()["items"]]
        while page.json()["next"] is not None:
            page = asked(reads, "/v1/units", cursor=page.json()["next"])
            seen += [one["unit"] for one in page.json()["items"]]
        pages.append((given.content, given.headers["ETag"], seen))
    assert pages[0] == pages[1]
    assert pages[0][2] == ["a", "b", "c", "lab", "reasoning", "vision"]


def test_a_cursor_whose_content_was_changed_is_refused(lab: TestClient) -> None:
    cursor = read(lab, "/v1/holdings", limit=1, valid_at=MOVED)["next"]
    opened = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for before, after in ((b'"lab"', b'"kab"'), (b"2026-04", b"2026-05"), (b",26,", b",25,")):
        assert opened.count(before) == 1
        changed = urlsafe_b64encode(opened.replace(before, after)).decode().rstrip("=")
        said = problem(lab.get("/v1/holdings", params={"cursor": changed}))
        assert (said.status, said.code) == (422, "InvalidField")


def test_a_cursor_that_was_not_given_here_is_refused(lab: TestClient) -> None:
    page = read(lab, "/v1/holdings", limit=1, valid_at=MOVED, pool=POOL)
    cursor = page["next"]
    for path, query in (
        ("/v1/holdings", {"cursor": cursor[:-1]}),
        ("/v1/holdings", {"cursor": cursor + "A"}),
        ("/v1/holdings", {"cursor": cursor[:40] + cursor[40].swapcase() + cursor[41:]}),
        ("/v1/holdings", {"cursor": cursor[:-9] + cursor[-10:]}),
        ("/v1/holdings", {"cursor": ""}),
        ("/v1/holdings", {"cursor": "é"}),
        ("/v1/holdings", {"cursor": "x" * 20_000}),
        ("/v1/units", {"cursor": cursor}),
        ("/v1/holdings", {"cursor": cursor, "valid_at": BEGAN}),
        ("/v1/holdings", {"cursor": cursor, "under": "research"}),
        ("/v1/holdings", {"cursor": cursor, "known_at": 7}),
    ):  # fmt: skip
        said = problem(lab.get(path, params=query))
        assert (said.status, said.code) == (422, "InvalidField")
    same = read(lab, "/v1/holdings", cursor=cursor, valid_at=MOVED, pool=POOL, limit=5)
    assert len(same["items"]) == 3


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("text/*", "text/csv; charset=utf-8; header=present"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8; header=present"),
        ("application/jsonl", "application/jsonl"),
        ("application/x-ndjson", "application/jsonl"),
        ("application/json;q=0, application/*", "application/jsonl"),
    ],
)
def test_a_list_comes_in_the_form_that_is_liked_best(
    lab: TestClient, accept: str, form: str
) -> None:
    answer = lab.get("/v1/units", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, form)
    assert "Accept" in answer.headers["Vary"]


def test_a_form_that_there_is_not_is_refused(lab: TestClient) -> None:
    for accept in ("text/html", "image/*", "application/json;q=0", "application/json;q=x"):
        said = problem(lab.get("/v1/units", headers={"Accept": accept}))
        assert (said.status, said.code) == (406, "NotAcceptable")
    assert problem(lab.get("/v1/units?format=parquet")).status == 422
    only = problem(lab.get(f"/v1/grants/{some_grant(lab)}", headers={"Accept": "text/csv"}))
    assert only.status == 406


def test_no_cell_of_a_csv_is_a_formula(lab: TestClient) -> None:
    text = asked(lab, "/v1/history", topic="noted.v1", format="csv").text
    assert ",'=1+1," in text
    assert ",=1+1" not in text
    assert '"=1+1"' in asked(lab, "/v1/history", topic="noted.v1", format="jsonl").text
