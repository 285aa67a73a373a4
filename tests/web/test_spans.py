"""A chart shows the time asked for, but nothing before there was anything to show."""

from api.web.spans import SPANS, window
from ledger.periods import Instant

NOW = Instant("2026-06-01T00:00:00.000000Z")


def test_a_chart_ends_a_quarter_of_its_span_ahead() -> None:
    long_ago = Instant("2020-01-01T00:00:00.000000Z")
    assert window("365", NOW, long_ago) == (
        "2025-06-01T00:00:00.000000Z", "2026-08-31T00:00:00.000000Z",
    )  # fmt: skip
    assert window("90", NOW, long_ago) == (
        "2026-03-03T00:00:00.000000Z", "2026-06-23T00:00:00.000000Z",
    )  # fmt: skip
    assert window("all", NOW, long_ago)[0] == "2019-12-25T00:00:00.000000Z"


def test_a_young_ledger_fills_its_chart() -> None:
    first = Instant("2026-05-20T00:00:00.000000Z")
    for span in SPANS:
        assert window(span, NOW, first)[0] == "2026-05-13T00:00:00.000000Z"


def test_an_instant_before_the_first_fact_has_a_chart_too() -> None:
    first = Instant("2026-07-01T00:00:00.000000Z")
    for span in SPANS:
        start, end = window(span, NOW, first)
        assert start < NOW < end
