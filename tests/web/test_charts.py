"""A chart and its table say the same, and every step stands where it happened."""

from datetime import timedelta

from api.web.charts import SAMPLES, Layer, Piece, Run, bar, colour, figure
from ledger.periods import FOREVER, Instant, shifted

MARCH, APRIL, MAY, JUNE = (Instant(f"2026-0{month}-01T00:00:00.000000Z") for month in (3, 4, 5, 6))


def layer(*runs: tuple[Instant, Instant, int], fill: bool = True) -> Layer:
    steps = tuple(Run(start=start, end=end, quantity=quantity) for start, end, quantity in runs)
    return Layer(label="a", colour="s1", runs=steps, fill=fill)


def test_layers_stack_and_lines_do_not() -> None:
    drawn = figure(
        "",
        [
            layer((MARCH, MAY, 8)),
            layer((APRIL, FOREVER, 4)),
            layer((MARCH, FOREVER, 16), fill=False),
        ],
        (MARCH, JUNE),
        APRIL,
    ).chart
    assert [series.own for series in drawn.series] == [(8, 8, 0, 0), (0, 4, 4, 4), (16,) * 4]
    assert [series.values for series in drawn.series] == [(8, 8, 0, 0), (8, 12, 4, 4), (16,) * 4]
    assert len(drawn.times) == 4


def test_what_began_before_the_window_counts_from_its_start() -> None:
    drawn = figure("", [layer((MARCH, MAY, 8), (MARCH, APRIL, 2))], (APRIL, JUNE), APRIL)
    assert drawn.chart.series[0].own == (8, 0, 0)
    assert [(row.at, row.values) for row in drawn.rows] == [(APRIL, (8,)), (MAY, (0,))]


def test_the_table_has_a_row_for_every_change_and_no_other() -> None:
    drawn = figure("", [layer((MARCH, APRIL, 8), (APRIL, MAY, 8))], (MARCH, JUNE), APRIL)
    assert [row.at for row in drawn.rows] == [MARCH, MAY]


def test_an_empty_chart_is_a_chart() -> None:
    assert figure("", [layer()], (MARCH, JUNE), APRIL).chart.series[0].own == (0, 0)


def test_a_bar_shows_its_parts_and_never_overflows() -> None:
    drawn = bar(10, [("s1", 4), ("s2", 0), ("s3", 3)])
    assert drawn.whole == 10
    assert drawn.pieces == (
        Piece(colour="s1", x=0, width=4),
        Piece(colour="s3", x=4, width=3),
    )
    assert bar(2, [("s1", 4)]).whole == 4
    assert bar(0, []).whole == 1


def test_the_largest_have_colours_of_their_own() -> None:
    assert [colour(rank) for rank in (0, 7, 8, 30)] == ["s1", "s8", "s9", "s9"]


def test_a_chart_of_very_many_changes_tells_the_value_at_even_instants() -> None:
    """One grant of one each hour, for 1,500 hours: the sum rises by one an hour."""
    hours = [shifted(MARCH, timedelta(hours=hour)) for hour in range(1500)]
    end = shifted(MARCH, timedelta(hours=1500))
    runs = layer(*[(start, FOREVER, 1) for start in hours])
    drawn = figure("", [runs], (MARCH, end), APRIL)
    assert drawn.is_sampled
    assert len(drawn.chart.times) == SAMPLES + 1
    assert drawn.chart.series[0].own[:4] == (1, 7, 13, 19)
    assert drawn.chart.series[0].own[-1] == 1495
    for row in drawn.rows:
        assert row.values == (sum(start <= row.at for start in hours),)
    few = figure("", [layer(*[(start, FOREVER, 1) for start in hours[:900]])], (MARCH, end), APRIL)
    assert not few.is_sampled
    assert len(few.rows) == 900
